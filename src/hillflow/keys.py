"""Names of the columns, layers and other entries that hillflow reads and writes in AnnData."""

TIME = "time"  #: obs: when a cell was measured, as a number
PERTURBATION = "perturbation"  #: obs: canonical text of the intervention; CONTROL for none
CONTROL = "control"  #: value of obs[PERTURBATION] in control cells
SERIES = "series"  #: obs: the series that a row belongs to (trajectory data)
BATCH = "batch"  #: obs: experimental batch
LABEL = "label"  #: obs: cell type or state
CLONE = "clone"  #: obs: clone of a cell, from its lineage barcode
WEIGHT = "weight"  #: obs: weight of a cell
GROWTH = "growth_rate"  #: obs: birth less death of a cell, per time unit

UNS = "hillflow"  #: uns: all entries of hillflow that are not matrices
TIME_UNIT = "time_unit"  #: uns[UNS]: unit of obs[TIME], as the user wrote it
SCALE = "scale"  #: uns[UNS]: "counts", "log1p", "coordinates" or "unknown"
BASIS = "hillflow_pca"  #: obsm, varm: states and loadings of the coupling basis
BASIS_MEAN = "hillflow_pca_mean"  #: varm: the mean that is subtracted before projecting

TRUTH = "truth"  #: uns[UNS]: the known network of simulated data (source, target, sign)
SIMULATION = "simulation"  #: uns[UNS]: network name, parameters and seed of simulated data
TRUE_VELOCITY = "true_velocity"  #: layers: noise-free dx/dt of simulated data
TRUE_EXPRESSION = "true_expression"  #: layers: expression before measurement noise
PROTEIN = "protein"  #: layers: hidden protein level of simulated data
SPLICED = "spliced"  #: layers: levels of spliced mRNA, as scVelo names them
UNSPLICED = "unspliced"  #: layers: levels of unspliced mRNA, as scVelo names them
TRUE_GROWTH = "true_growth"  #: obs: net growth rate of a simulated cell
TRUE_DEPTH = "true_depth"  #: obs: sequencing depth of a simulated cell, 1 on average

VELOCITY = "velocity"  #: layers: fitted dx/dt, in expression units per time unit
UNSPLICED_VELOCITY = "velocity_u"  #: layers: fitted du/dt of unspliced mRNA; scVelo's name
UNSPLICED_STATES = "Mu"  #: layers: the unspliced mRNA at which it was evaluated; scVelo's name
STATES = "Ms"  #: layers: the states at which the velocity was evaluated; scVelo's name
EMBEDDING = "X_hillflow"  #: obsm: principal components of the states; ``basis="hillflow"``
VELOCITY_GENES = "velocity_genes"  #: var: whether a gene has a velocity
NEIGHBORS = "neighbors"  #: uns: parameters of the neighbour graph of cells
CONNECTIVITIES = "connectivities"  #: obsp: weights of its edges
DISTANCES = "distances"  #: obsp: lengths of its edges
PARAMS = "params"  #: uns[UNS]: field, method, seed, number of members and units of the fit
ORIENTATION = "orientation"  #: uns[UNS]: what rows and columns of gene matrices are
SOURCE_BY_TARGET = "source_by_target"  #: value of uns[UNS][ORIENTATION]
VERSION = "version"  #: uns[UNS]: hillflow's version
NETWORK = "grn"  #: varp: weights of the regulatory network, sparse, [source, target]
EDGES = "edges"  #: uns[UNS]: its edges as a table

SETS = "data_sets"  #: uns[UNS]: bases of several data sets that were aligned
DOSES = "doses"  #: uns[UNS]: doses, depots and covariates of series

PREDICTION = "prediction"  #: uns[UNS]: the fit and the cells that predicted cells come from
START_TIME = "start_time"  #: uns[UNS][PREDICTION]: time of the control cells that rollouts start at
START_CELLS = "start_cells"  #: uns[UNS][PREDICTION]: number of these control cells
ABSOLUTE = "absolute"  #: uns[UNS][PREDICTION]: True: plain rollouts; False: shifted control cells
CAUTIOUS = "cautious"  #: uns[UNS][PREDICTION]: whether shifts shrink where the members disagree
POOLED = "pooled"  #: uns[UNS][PREDICTION]: whether control means were pooled (`pooled_control`)
DATA = "data"  #: uns[UNS][PREDICTION]: fingerprint of the data that the control cells are from
MODELS = "models"  #: uns[UNS][PREDICTION]: SHA-256 of each member's tensors as a file

SCORE = "score_"  #: obsm: activities, followed by the method, as decoupler names them
PADJ = "padj_"  #: obsm: their adjusted p-values, followed by the method
ACTIVITY = "activity"  #: uns[UNS]: method and network of the activities
