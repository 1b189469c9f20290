# All in one: the logger server, TensorBoard and, with TLS_CERT_FILE and TLS_KEY_FILE, the HTTPS front.
# docker build -t nntile_logger_server . && docker run -p 5001:5001 -p 6006:6006 nntile_logger_server
ARG DOTNET_REGISTRY=mcr.microsoft.com/dotnet
ARG DOTNET_TAG=10.0
ARG PYTHON_IMAGE=python
ARG PYTHON_TAG=3.11-slim

FROM --platform=$BUILDPLATFORM ${DOTNET_REGISTRY}/sdk:${DOTNET_TAG} AS programs
ARG TARGETARCH=amd64
WORKDIR /source
# What packages are needed changes more seldom than the code: these layers are kept meanwhile.
COPY Directory.*.props ./
COPY NNTileLogger.ServiceDefaults/*.csproj NNTileLogger.ServiceDefaults/
COPY NNTileLogger.Ingest/*.csproj NNTileLogger.Ingest/
RUN dotnet restore NNTileLogger.Ingest -a $TARGETARCH -p:PublishReadyToRun=true
COPY NNTileLogger.Proxy/*.csproj NNTileLogger.Proxy/
RUN dotnet restore NNTileLogger.Proxy -a $TARGETARCH -p:PublishReadyToRun=true
COPY . .
RUN for name in Ingest Proxy; do \
        dotnet publish NNTileLogger.$name -c Release -o /app/$name -a $TARGETARCH --self-contained false --no-restore \
            -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false || exit 1; \
    done \
    && mkdir /logs

FROM ${DOTNET_REGISTRY}/aspnet:${DOTNET_TAG} AS dotnet

FROM ${PYTHON_IMAGE}:${PYTHON_TAG} AS tensorboard
COPY NNTileLogger.AppHost/TensorBoard/requirements.txt .
RUN python -m venv /opt/tensorboard \
    && /opt/tensorboard/bin/python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt \
    && rm -r /opt/tensorboard/lib/python*/site-packages/pip /opt/tensorboard/lib/python*/site-packages/pip-*

FROM ${PYTHON_IMAGE}:${PYTHON_TAG}
LABEL org.opencontainers.image.title="nntile_logger_server" \
      org.opencontainers.image.description="Keeps what NNTile trainings say about themselves, and shows it in TensorBoard" \
      org.opencontainers.image.documentation="README.md"
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
COPY --from=tensorboard /opt/tensorboard /opt/tensorboard
COPY --from=programs /app/Ingest /app/ingest
COPY --from=programs /app/Proxy /app/proxy
COPY NNTileLogger.AppHost/TensorBoard/serve.py NNTileLogger.AppHost/TensorBoard/relay.py /app/tensorboard/
COPY NNTileLogger.AppHost/AllInOne /app
# A volume that is mounted here for the first time takes its owner over.
COPY --from=programs --chown=1654:1654 /logs /logs
# CLEAR_LOGS: a volume that outlives a restart must not be emptied by it.
ENV PATH=/usr/share/dotnet:$PATH DOTNET_EnableDiagnostics=0 DOTNET_RUNNING_IN_CONTAINER=true \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LOG_DIR=/logs CLEAR_LOGS=0
USER 1654:1654
WORKDIR /logs
VOLUME /logs
EXPOSE 5001 5002 6006 6443
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["/bin/sh", "/app/healthcheck.sh"]
ENTRYPOINT ["tini", "--", "python3", "/app/supervise.py", "/app/programs.json"]
