"""The names under which hillflow keeps things in an AnnData object: all of them, and only here."""

TIME = "time"  #: obs: when a cell was measured, as a number
PERTURBATION = "perturbation"  #: obs: canonical text of the intervention; CONTROL for none
CONTROL = "control"  #: value of obs[PERTURBATION] in untouched cells
SERIES = "series"  #: obs: which unit a row follows through time (trajectory data)
BATCH = "batch"  #: obs: experimental batch
LABEL = "label"  #: obs: cell type or state
WEIGHT = "weight"  #: obs: how much a cell counts

UNS = "hillflow"  #: uns: everything of ours that is not a matrix
TIME_UNIT = "time_unit"  #: uns[UNS]: unit of obs[TIME], as the user wrote it
SCALE = "scale"  #: uns[UNS]: "counts", "log1p" or "unknown"
BASIS = "hillflow_pca"  #: obsm, varm: states and loadings of the coupling basis
BASIS_MEAN = "hillflow_pca_mean"  #: varm: the mean that was taken off before projecting

TRUTH = "truth"  #: uns[UNS]: the known network of simulated data (source, target, sign)
SIMULATION = "simulation"  #: uns[UNS]: network name, parameters and seed of simulated data
TRUE_VELOCITY = "true_velocity"  #: layers: noise-free dx/dt of simulated data
TRUE_EXPRESSION = "true_expression"  #: layers: expression before measurement noise
PROTEIN = "protein"  #: layers: hidden protein level of simulated data
TRUE_GROWTH = "true_growth"  #: obs: net growth rate of a simulated cell
TRUE_DEPTH = "true_depth"  #: obs: sequencing depth of a simulated cell, 1 on average

VELOCITY = "velocity"  #: layers: fitted dx/dt, in expression units per time unit
STATES = "Ms"  #: layers: the states it was evaluated at, under the name scVelo looks for
EMBEDDING = "X_hillflow"  #: obsm: principal components of the states; ``basis="hillflow"``
VELOCITY_GENES = "velocity_genes"  #: var: whether a gene has a velocity
NEIGHBORS = "neighbors"  #: uns: how cells were joined to their neighbours
CONNECTIVITIES = "connectivities"  #: obsp: weights of these joins
DISTANCES = "distances"  #: obsp: their lengths
PARAMS = "params"  #: uns[UNS]: field, method, seed, number of members and units of the fit
ORIENTATION = "orientation"  #: uns[UNS]: how matrices of genes are to be read
SOURCE_BY_TARGET = "source_by_target"  #: value of uns[UNS][ORIENTATION]
VERSION = "version"  #: uns[UNS]: hillflow's version
NETWORK = "grn"  #: varp: weights of the regulatory network, sparse, [source, target]
EDGES = "edges"  #: uns[UNS]: its edges as a table

PREDICTION = "prediction"  #: uns[UNS]: what predicted cells were predicted by and from
START_TIME = "start_time"  #: uns[UNS][PREDICTION]: when the control cells rolled out were measured
START_CELLS = "start_cells"  #: uns[UNS][PREDICTION]: how many of them
ABSOLUTE = "absolute"  #: uns[UNS][PREDICTION]: plain rollouts, or measured control cells moved
CAUTIOUS = "cautious"  #: uns[UNS][PREDICTION]: moved less by what the members differ in
POOLED = "pooled"  #: uns[UNS][PREDICTION]: from control means pooled with what does not differ
DATA = "data"  #: uns[UNS][PREDICTION]: fingerprint of the data that the control cells are from
MODELS = "models"  #: uns[UNS][PREDICTION]: SHA-256 of each model's tensors as a file
