"""What questions are about: the words of each topic, weightiest first, and the words that carry nothing."""

import re

from allusr_advisor.asking.words import words

TOPICS: tuple[tuple[str, str], ...] = (
    (
        "advice",
        r"should (?:i|we|one)\b|would you|do you recommend|is it (?:wise|smart|a good idea)|recommend(?:ed|ation)?s?",
    ),
    (
        "future",
        r"tomorrow|going to|next (?:week|month|quarter|year|session|time)|will|forecasts?|predict\w*|probabilit\w*"
        r"|likely"
        r"|expect(?:ed|s)?",
    ),
    ("pivot", r"pivot(?:ed|s|ing)?|covered calls only"),
    ("restarts", r"restart(?:ed|s|ing)?|crash(?:ed|es)?|start(?:ed)? again|resum(?:ed|ption)s? after"),
    (
        "proposals",
        r"proposals?|proposed|rulebook|approv(?:e|ed|es|al|als)|rule changes?|changes? (?:of|to|in) (?:the )?rules?",
    ),
    ("freezes", r"froz\w*|freez\w*|thaw\w*"),
    (
        "faults",
        r"plugins?|faults?|faulted|quarantin\w*|data gaps?|gaps?|stale|errors?|notices?|went wrong|problems?"
        r"|fail(?:ed|s|ure|ures)?",
    ),
    (
        "halts",
        r"halt(?:ed|s)?|paus(?:e|ed|es|ing)|kill ?-?switch(?:es)?|stopp?(?:ed)? by|re-?arm(?:ed|s)?|emergency"
        r"|switch(?:es)?|safe|circuit|tiers?",
    ),
    (
        "week_type",
        r"week ?-?types?|which weeks?|weeks (?:was|were|are|had)|(?:what|which) (?:type|kind|sort)|types?"
        r"|week (?:was |is )?(?:(?:typed|called|labelled) )?(?:an? )?"
        r"(?:hedged|calm|assignment|preservation)"
        r"|type of (?:the )?week|kind of (?:a )?week|what (?:sort of )?week was|calm|hedged week"
        r"|preservation week|labell?(?:ed)?|classified|typed",
    ),
    (
        "needs",
        r"waits?|waiting|needs? (?:a |my |from )?(?:human|person|attention|me)|attention|to ?-?do|must i do"
        r"|(?:comes?|is|happens|due) next|what(?:'s| is) next|what next|next steps?"
        r"|pending|unsettled|do i (?:have|need) to|outstanding"
        r"|(?:everything|all) (?:is )?(?:ok(?:ay)?|fine|well|good|all right)",
    ),
    ("breaks", r"breaks?|disagree(?:d|s)?|mismatch(?:es)?|reconcil\w+|differences? between books"),
    ("rolls", r"roll(?:s|ed|ing)?(?: candidates?)?|candidates?"),
    ("assignments", r"assign(?:ed|ment|ments)?|called away|exercised?"),
    ("expiries", r"expir(?:e|ed|es|y|ies|ation|ations|ing)|settled?|settlement|worthless"),
    ("levels", r"levels?|enhanced|recovery|atr|breach(?:ed|es)?|stop-?loss(?:es)?|stopped out"),
    ("hedges", r"hedg(?:e|es|ed|ing)|protection"),
    ("ladders", r"ladders?|leaps?|rungs?"),
    (
        "forks",
        r"forks?|forked|forking|mini(?:s)?|merg(?:e|ed|es|er|ers|ing)"
        r"|sub-?accounts?|tree(?: of accounts)?|child accounts?",
    ),
    ("taxes", r"tax(?:es|able)?|irs|reserved for tax(?:es)?"),
    ("dividends", r"dividends?"),
    ("unfilled", r"not (?:\w+ ){0,2}filled|\w+n't (?:\w+ ){0,2}fill(?:ed)?|unfilled|cancel(?:l?ed|s)?|working orders?"),
    ("drawdown", r"draw-?downs?|under (?:its|the) high|high-?water(?: mark)?|peak|worst|biggest (?:fall|drop|loss)"),
    (
        "refusals",
        r"refus(?:e|ed|es|al|als)|reject(?:ed|s|ions?)?|decline[ds]?|skip(?:ped|s)?|pass(?:ed)? over"
        r"|(?:not|\w+n't|nothing|no) (?:\w+ ){0,4}?"
        r"(?:open|opened|sold|sell|bought|buy|trades?|traded|written|write|positions?|happen(?:ed)?|done)\b"
        r"|(?:open|sell|buy|trade|write|do|sold|bought|opened|traded|written|done) (?:\w+ )?nothing|blocked"
        r"|prevent(?:ed)?"
        r"|veto(?:ed)?|turned down|allowed",
    ),
    ("closed", r"clos(?:e|ed|es|ing)|b(?:ought|uy(?:ing)?) (?:\w+ ){0,2}?back|tak(?:e|en) profit"),
    ("fees", r"fees?|commissions?|costs? of trading"),
    ("premium", r"premiums?|credits?"),
    (
        "income",
        r"income|earn(?:ed|ings of the account)?|realised|realized|gains?|profits?|made|mak(?:e|es|ing)|results?"
        r"|lose|lost"
        r"|loss(?:es)?|p ?& ?l|pnl|unrealised|unrealized|paper (?:loss|gain)(?:es|s)?",
    ),
    ("risk", r"risks?|risky|danger(?:ous)?|exposed|exposure|at stake|strikes?|in trouble|threatened"),
    ("collateral", r"collateral|reserved|secur(?:ed|es)|tied up|deployed|reserves?"),
    ("cash", r"cash|free money|buying power"),
    (
        "equity",
        r"equity|net worth|worth|value[ds]?|balance|capital"
        r"|how (?:is|are) (?:it|we|things|they) doing|perform(?:ed|ance|ing)?|returns?",
    ),
    (
        "holdings",
        r"positions?|hold(?:s|ing|ings)?|held|own(?:s|ed)?|open (?:puts?|calls?|contracts?)|portfolio"
        r"|basis|short (?:of|in)",
    ),
    ("earnings", r"earnings(?: week| report| date)?s?|report dates?"),
    ("vix", r"vix|volatility index"),
    ("state", r"states?|state machine|mode|running|alive|engine"),
    (
        "trades",
        r"s(?:old|ell|ells|elling)|bought|buys?|buying|trad(?:e|ed|es|ing)|open(?:ed|s|ing)?|orders?|fill(?:s|ed)?"
        r"|execut(?:e|ed|ions?)|written|wrote|writes?|puts?|calls?|contracts?|shares?|stock",
    ),
    (
        "summary",
        r"summary|summari[sz]e|happen(?:ed|s|ing)?|went on|going on|go(?:ne|es)?|overview|news|doing|did|do|changed",
    ),
)
"""Topics by precedence: the first whose words stand in a question is its topic."""

TOPIC_WORDS = tuple((name, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")) for name, words in TOPICS)

INTENTS = (
    ("how many", r"how many|number of|how often|count"),
    ("how much", r"how (?:much|large|big|high|deep|far)|total"),
    ("why", r"why|how come|what (?:caused|made|was the reason)|reasons?|because of what|what for|explain|cause[ds]?"),
    ("when", r"when|what (?:day|date|time)|since when|until when|how long"),
    ("which", r"which|who"),
    ("should", r"should"),
    ("whether", r"^(?:is|are|was|were|did|does|do|has|have|had|can|could|will)\b"),
    ("what", r"what|where|show|list|tell|give|describe"),
)
"""Intents by precedence, with their words."""

INTENT_WORDS = tuple((name, re.compile(rf"(?<!\w)(?:{words})(?!\w)")) for name, words in INTENTS)

EMPTY = words("""
    preservation hedged calm roll assignment filter are do did owe covered compared everything ok help you tomorrow
    pays paid pay free machine reach reached entry entries quite ago
    behind side cost costs big small high low rate fully both whether
    a about account accounts actually again after all also am an and any anything as at be because been before
    being by can could current currently day days dear each else even every exactly far for form from get
    getting give given go going got had has have he hello her here hey hi him his i if in into is it its just
    kind last least left like list long look many matter may me might mine money more most much my need new no
    not now of off ok okay on once one only or other our out over own part please question really right run same
    see session sessions she show since sleeve sleeves so some something stand stands still such system take
    taken tell than thank thanks that the their them then there these they thing things this those through till
    time times to today too under until up us use used very want was way we week weeks weekly well went were
    what when where whether which while who whole whose why will with within without won't would yet you your
    did didn't do does doesn't don't isn't aren't wasn't weren't hasn't haven't how 's s t d ll m re ve program
    allusr engine side end ended beginning start month months quarter quarters year years amount amounts total
    sum number explain describe reason reasons cause caused come came happen first next newest latest recent
    recently biggest largest highest lowest main commonest best worse dollars dollar per cent above below
    between inside during around roughly ask know think say said says mean means meaning rule rules turn turned
    stay stayed keep kept put puts call calls option options contract contracts symbol symbols ticker
""")
"""Words that carry nothing by themselves."""
