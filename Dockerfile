# Two images: `web` serves, and is what `docker build .` makes; `precompute` computes landscapes.
FROM python:3.13-slim AS base

ENV PIP_NO_CACHE_DIR=1
ENV PIP_ROOT_USER_ACTION=ignore
WORKDIR /app

# What is installed changes less often than the source, and comes first for the sake of the cache.
COPY LICENSE README.md pyproject.toml constraints.txt ./
RUN python -m pip install --constraint constraints.txt --editable .

FROM base AS precompute

# PyTorch's own index has builds without the gigabytes that only a GPU needs.
RUN python -m pip install --constraint constraints.txt --no-deps --index-url https://download.pytorch.org/whl/cpu torch torchvision
RUN python -m pip install --constraint constraints.txt --editable '.[precompute]'

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
COPY precompute precompute

# The compiled code must run on another machine's processor than the one that builds the image.
# backend/kernels.py copies it to a temporary folder when the server starts.
ENV DESCENT_ATLAS_CACHE_DIR=/opt/descent-atlas
ENV NUMBA_CPU_NAME=generic
RUN descent-atlas warm

ENV DESCENT_ATLAS_HOST=0.0.0.0
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/api/health', timeout=2)"]
CMD ["descent-atlas", "serve"]
