"""The office of a home: what a person or a screen sees of it, and what may be told to it. It reaches no order.

`followed.Followed` reads a home as it grows under an engine, `status` is where a run stands as an object, `engine` and
`wishes` say how its engine is and what persons have told it, and `telling.tell` gives it a person's word to obey.
`story` tells a subject, `periods` the reports, `refusals` what was refused and why, `proposals` what waits for an
approval, and `trail` who told it what, when.
"""
