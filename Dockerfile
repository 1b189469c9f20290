# All in one: the logger server, TensorBoard and, with TLS_CERT_FILE and TLS_KEY_FILE, the HTTPS front.
# docker build -t nntile_logger_server . && docker run -p 5001:5001 -p 6006:6006 nntile_logger_server
# Native code is made for the kind of machine it is made on. An x64 processor needs AVX2 (2013 on); for an older one:
# --build-arg INSTRUCTION_SET=x86-64-v2
ARG DOTNET_REGISTRY=mcr.microsoft.com/dotnet
ARG DOTNET_TAG=10.0
ARG PYTHON_IMAGE=python
ARG PYTHON_TAG=3.11-slim

FROM ${DOTNET_REGISTRY}/sdk:${DOTNET_TAG} AS programs
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# What packages are needed changes more seldom than the code: these layers are kept meanwhile.
COPY Directory.* ./
COPY NNTileLogger.ServiceDefaults/*.csproj NNTileLogger.ServiceDefaults/
COPY NNTileLogger.Ingest/*.csproj NNTileLogger.Ingest/
RUN dotnet restore NNTileLogger.Ingest --use-current-runtime -p:PublishAot=true
COPY NNTileLogger.Proxy/*.csproj NNTileLogger.Proxy/
RUN dotnet restore NNTileLogger.Proxy --use-current-runtime -p:PublishReadyToRun=true
COPY . .
ARG INSTRUCTION_SET
RUN NNTileLogger.Ingest/publish-native.sh /app/Ingest --no-restore \
    && dotnet publish NNTileLogger.Proxy -c Release -o /app/Proxy --use-current-runtime --self-contained false --no-restore \
        -p:PublishReadyToRun=true -p:DebugType=none -p:PublishDocumentationFiles=false \
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
