"""Runs TensorBoard in a container, as the variables say.

LOG_DIR, TENSORBOARD_PORT, TENSORBOARD_HOST (empty: all addresses), TENSORBOARD_SAMPLES (0: all points).
TENSORBOARD_FEED=files reads the files of LOG_DIR; grpc (default) asks the logger at DATA_PROVIDER_HOST:DATA_PROVIDER_PORT,
through a relay on loopback where that is another machine: TensorBoard trusts no other address.
--healthcheck asks the running TensorBoard how it is; --arguments prints what it would be started with.
SIGTERM ends TensorBoard and then this with exit code 0; where TensorBoard ends by itself, its exit code is passed on.
"""
import asyncio
import os
import signal
import sys
import urllib.request

import relay

ALL_SAMPLES = 1_000_000_000
ALL_ADDRESSES = ("*", "0.0.0.0", "::")
HEALTH_SECONDS = 4
WRONG_SETTINGS = 1


def setting(name, default):
    return os.environ.get(name) or default


def number(name, default, most):
    text = setting(name, str(default))
    if not text.isdecimal() or int(text) > most:
        sys.exit(f"{name}={text}: wanted a whole number from 0 to {most}; leave it unset for {default}.")
    return int(text)


def feed():
    text = setting("TENSORBOARD_FEED", "grpc")
    if text not in ("files", "grpc"):
        sys.exit(f"TENSORBOARD_FEED={text}: wanted files or grpc; leave it unset for grpc.")
    return text


def provider():
    return setting("DATA_PROVIDER_HOST", ""), number("DATA_PROVIDER_PORT", 5003, 65535)


def is_local(host):
    """Whether the logger answers on this machine's loopback. In the all-in-one image both have the same variables: all
    addresses is then what the logger listens on, and a relay would take the port that it has there."""
    return host in ("", "localhost", "127.0.0.1", *ALL_ADDRESSES)


def port():
    return number("TENSORBOARD_PORT", 6006, 65535)


def arguments():
    """What follows `python`; the AppHost gives its own TensorBoard the same."""
    samples = number("TENSORBOARD_SAMPLES", 10_000, ALL_SAMPLES)
    host = setting("TENSORBOARD_HOST", "*")
    listed = ["-m", "tensorboard.main", "--logdir", setting("LOG_DIR", "logs"), "--port", str(port())]
    listed += ["--reload_multifile=true", "--reload_interval", "1"]
    listed += ["--bind_all"] if host in ALL_ADDRESSES else ["--host", host]
    listed += ["--samples_per_plugin", f"scalars={samples or ALL_SAMPLES}"]
    if feed() == "grpc":
        listed += [f"--grpc_data_provider={relay.LOOPBACK}:{provider()[1]}"]
    return listed


def is_well():
    host = setting("TENSORBOARD_HOST", "*")
    address = f"http://{'127.0.0.1' if host in ('*', '0.0.0.0', '::') else host}:{port()}/data/environment"
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with ask.open(address, timeout=HEALTH_SECONDS):
            return True
    except OSError as error:
        print(f"{address} does not answer: {error}", file=sys.stderr)
        return False


async def run():
    # With http_proxy set, TensorBoard would ask that one for the provider on loopback.
    environment = dict(os.environ, no_grpc_proxy="localhost,127.0.0.1")
    host, far_port = provider()
    relayed = await relay.listen(far_port, host, far_port) if feed() == "grpc" and not is_local(host) else None
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(asked, asked_to_stop.set)
    tensorboard = await asyncio.create_subprocess_exec(sys.executable, *arguments(), env=environment)
    stop, end = (asyncio.create_task(wait) for wait in (asked_to_stop.wait(), tensorboard.wait()))
    await asyncio.wait((stop, end), return_when=asyncio.FIRST_COMPLETED)
    if not end.done():
        tensorboard.terminate()
    code = await end
    if relayed:
        relayed.close()
    return 0 if asked_to_stop.is_set() else code if code >= 0 else 128 - code


def main():
    asked = sys.argv[1:]
    if asked == ["--healthcheck"]:
        return 0 if is_well() else 1
    if asked == ["--arguments"]:
        print("\n".join(arguments()))
        return 0
    if asked:
        print(f"{asked[0]}: wanted --healthcheck, --arguments or nothing; all else is said by variables.", file=sys.stderr)
        return WRONG_SETTINGS
    return asyncio.run(run())


if __name__ == "__main__":
    sys.exit(main())
