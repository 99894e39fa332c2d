"""The typer application: commands by group."""

import typer

from allusr_sdk.cli import (
    advise,
    arm,
    audit,
    backtest,
    crowd,
    doctor,
    explain,
    ledger,
    link,
    montecarlo,
    operator,
    plugins,
    proposals,
    replay,
    report,
    rules,
    run,
    status,
    sweep,
    tws_sim,
    watchdog,
)
from allusr_sdk.cli.contents import Contents
from allusr_sdk.cli.options import help_alone

app = typer.Typer(
    name="allusr",
    cls=Contents,
    help="Rule-driven option income: every order, refusal and dollar under a rule, in books that can be verified.",
    epilog="Start with `allusr run`: four weeks of a synthetic market with the built-in plugins.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("run")(run.run)
app.command("backtest")(backtest.backtest)
app.command("montecarlo")(montecarlo.montecarlo)
app.command("crowd")(crowd.crowd)
app.command("status")(status.status)
for word in (operator.halt, operator.pause, operator.resume, operator.rearm):
    app.command(word.__name__)(word)
app.command("audit")(audit.audit)
app.command("doctor")(doctor.doctor)
for step in (arm.arm, arm.disarm):
    app.command(step.__name__)(step)
app.command("watchdog")(watchdog.watchdog)
app.command("tws-sim")(tws_sim.tws_sim)
app.command("explain")(explain.explain)
app.command("report")(report.report)
app.command("advise")(advise.advise)
app.command("replay")(replay.replay)
app.command("approve")(proposals.approve)
groups = {"ledger": ledger.app, "link": link.app, "plugins": plugins.app, "rules": rules.app}
for name, group in groups.items():
    group.callback(invoke_without_command=True)(help_alone)
    app.add_typer(group, name=name)
app.add_typer(sweep.app, name="sweep")  # its callback runs it
app.callback(invoke_without_command=True)(help_alone)
