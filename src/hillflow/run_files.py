"""Names of the files in the folder of a run."""

MANIFEST, MODEL = "manifest.json", "model"
DATA, HISTORY, METRICS = "data.h5ad", "history.csv", "metrics.json"
EDGES, LAWS, VALIDATION, REPORT = "edges.csv", "laws.json", "validation.json", "report.html"
EFFECTS, RANKING, FATES = "knockouts.csv", "ranking.csv", "fates.csv"
SCM = "scm.json"

# Files that commands add to a finished run; a new run in the same folder must not keep them.
ADDED = (
    EDGES, "edges.about.json", LAWS, VALIDATION, EFFECTS, RANKING, "ranking.about.json", FATES,
    SCM, REPORT,
)  # fmt: skip

BUILDING = ".building"  # folder of a run that is being made
ASKED, PUBLISH = "asked.json", "publish.json"  # its inputs; its files, once complete
LOCK, HOLDER = ".lock", ".lock.json"  # held by the process that makes the run


def about_name(table: str) -> str:
    """Return the name of the file beside a table that records how the table was made."""
    return f"{table.rpartition('.')[0] or table}.about.json"


def ranking_beside(effects: str) -> str:
    """Return the file name of the ranking that belongs to a table of effects."""
    return _beside(effects, RANKING)


def fates_beside(effects: str) -> str:
    """Return the file name of the fates that belong to a table of effects."""
    return _beside(effects, FATES)


def _beside(effects: str, name: str) -> str:
    stem = effects.removesuffix(".csv")
    return name if f"{stem}.csv" == EFFECTS else f"{stem}_{name}"
