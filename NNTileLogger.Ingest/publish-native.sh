#!/bin/sh
# Publishes the logger server as native code for this kind of machine. Needs gcc and zlib's headers.
# usage: NNTileLogger.Ingest/publish-native.sh DIR [an option of dotnet publish...]
# INSTRUCTION_SET: what the processor must have; by default what those with AVX2 have, on x64.
set -eu
directory=$1
shift
case $(uname -m) in
  x86_64) instructions=${INSTRUCTION_SET:-x86-64-v3} ;;
  *) instructions=${INSTRUCTION_SET:-} ;;
esac
exec dotnet publish "$(dirname "$0")" -c Release -o "$directory" --use-current-runtime "$@" \
  -p:PublishAot=true -p:OptimizationPreference=Speed -p:CppCompilerAndLinker=gcc ${instructions:+"-p:IlcInstructionSet=$instructions"} \
  -p:DebugType=none -p:StripSymbols=true -p:CopyOutputSymbolsToPublishDirectory=false -p:PublishDocumentationFiles=false
