"""What the files of a run are called: all of them, and only here."""

MANIFEST, MODEL = "manifest.json", "model"
DATA, HISTORY, METRICS = "data.h5ad", "history.csv", "metrics.json"
EDGES, LAWS, VALIDATION, REPORT = "edges.csv", "laws.json", "validation.json", "report.html"
EFFECTS, RANKING = "knockouts.csv", "ranking.csv"

# What the commands on a finished run add to it; a new run in its place must not keep them.
ADDED = (
    EDGES, "edges.about.json", LAWS, VALIDATION, EFFECTS, RANKING, "ranking.about.json", REPORT,
)  # fmt: skip

BUILDING = ".building"  # a run while it is being made
ASKED, PUBLISH = "asked.json", "publish.json"  # in it: the request; what takes its place at the end
LOCK, HOLDER = ".lock", ".lock.json"  # held by the process that makes it


def ranking_beside(effects: str) -> str:
    """What the ranking beside a table of effects is called."""
    stem = effects.removesuffix(".csv")
    return RANKING if f"{stem}.csv" == EFFECTS else f"{stem}_{RANKING}"
