# hillflow with the CPU build of PyTorch and the versions that its tests use.
#
#   docker build -t hillflow .
#   docker run --rm --user "$(id -u)" -v "$PWD":/data hillflow fit cells.h5ad --time day --out run
#
# Without a command it runs the quick demo, into /data/demo.
FROM python:3.11-slim

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    OMP_NUM_THREADS=1 MPLBACKEND=Agg HOME=/tmp

COPY pyproject.toml README.md LICENSE /src/
COPY requirements/constraints.txt /src/requirements/
COPY grn_priors /src/grn_priors
COPY src /src/src
RUN pip install --extra-index-url https://download.pytorch.org/whl/cpu \
        --constraint /src/requirements/constraints.txt /src \
    && rm -rf /src \
    && useradd user && mkdir /data && chown user /data

USER user
WORKDIR /data
ENTRYPOINT ["hillflow"]
CMD ["demo", "--quick"]
