# syntax=docker/dockerfile:1
# The service, on a CPU by default. For CUDA: --build-arg TORCH_INDEX=https://download.pytorch.org/whl/cu130
ARG PYTHON_VERSION=3.11

FROM node:22-slim AS page
WORKDIR /page
COPY service/page/package.json service/page/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-fund --no-audit
COPY service/page/build.mjs ./
COPY service/page/viewer viewer
RUN node build.mjs

FROM python:${PYTHON_VERSION}-slim AS build
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/hmr
WORKDIR /src
COPY constraints.txt ./
# torch alone from its own index: everything else comes from PyPI.
RUN /opt/hmr/bin/pip install --no-deps --index-url "${TORCH_INDEX}" "$(grep '^torch==' constraints.txt)"
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY model model
COPY service service
COPY weights weights
COPY examples examples
COPY --from=page /page/bundle service/page/bundle
RUN /opt/hmr/bin/pip install -c constraints.txt .

# Retraining: docker build --target train -t hmr-lsr1-train . ; training compiles with g++.
FROM build AS train
RUN apt-get update \
    && apt-get install --yes --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/* \
    && /opt/hmr/bin/pip install -c constraints.txt '.[train]' \
    && useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin hmr \
    && install --directory --owner 10001 /runs
ENV PATH=/opt/hmr/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1
USER 10001
WORKDIR /home/hmr
VOLUME /runs
ENTRYPOINT ["hmr", "train"]

FROM python:${PYTHON_VERSION}-slim
RUN useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin hmr
COPY --from=build /opt/hmr /opt/hmr
COPY LICENSE NOTICE /usr/share/doc/hmr-lsr1/
ENV PATH=/opt/hmr/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HMR_HOST=0.0.0.0 \
    HMR_PORT=8000
USER 10001
WORKDIR /home/hmr
EXPOSE 8000
# /readyz answers 503 until the model is warm and while it drains; urlopen takes that for a failure.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
    "import os, urllib.request; urllib.request.urlopen(f\"http://127.0.0.1:{os.environ['HMR_PORT']}/readyz\", timeout=4)"]
CMD ["hmr", "serve"]
