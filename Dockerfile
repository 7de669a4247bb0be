# Two images: `web` serves, and is what `docker build .` makes; `precompute` computes landscapes, also on
# a Dask cluster.

# The digest names one state of the tag, for every processor: a build is the same tomorrow. To take
# over a newer one: `docker buildx imagetools inspect python:3.13-slim` prints its digest.
FROM python:3.13-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS base

# Everything comes from this one package index: --build-arg PIP_INDEX_URL=… names a mirror.
ARG PIP_INDEX_URL=https://pypi.org/simple

ENV PIP_NO_CACHE_DIR=1
ENV PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

# What is installed changes less often than the source, and comes first for the sake of the cache.
COPY LICENSE README.md pyproject.toml constraints.txt ./
RUN python -m pip install --constraint constraints.txt --editable .

FROM base AS precompute

# Where there is no GPU, --build-arg TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu leaves out
# what only a GPU needs: 4 GB of installed packages (`du -sch nvidia triton cuda` beside torch).
ARG TORCH_INDEX_URL=
RUN test -z "$TORCH_INDEX_URL" || python -m pip install --constraint constraints.txt --no-deps --index-url "$TORCH_INDEX_URL" torch torchvision
RUN python -m pip install --constraint constraints.txt --editable '.[precompute,cluster]'

COPY backend backend
COPY precompute precompute

# A volume takes over who may write here when it is mounted for the first time.
RUN mkdir -m 1777 /data /out

USER 10001:10001
ENTRYPOINT ["descent-atlas-precompute"]
CMD ["--help"]

FROM base AS web

COPY backend backend
COPY frontend frontend

# The compiled code must run on another machine's processor than the one that builds the image. It
# is read where it lies; nobody writes there any more.
ENV DESCENT_ATLAS_CACHE_DIR=/opt/descent-atlas
ENV NUMBA_CPU_NAME=generic
RUN descent-atlas warm

ENV DESCENT_ATLAS_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["python", "-m", "descent_atlas.web.health"]
CMD ["descent-atlas", "serve"]
