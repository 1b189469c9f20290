#!/bin/sh
# Whether all programs of the all-in-one image are well; the first that is not says why.
set -e
/app/ingest/NNTileLogger.Ingest --healthcheck
/opt/tensorboard/bin/python /app/tensorboard/serve.py --healthcheck
if [ -n "$TLS_CERT_FILE" ]; then
  dotnet /app/proxy/NNTileLogger.Proxy.dll --healthcheck
fi
