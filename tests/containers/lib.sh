# What tests/containers/run asks the engine, the services and the volumes; sourced by it, with its variables.

# Not of the range that outgoing connections are given ports from: what is free now is still so when it is published.
free_port() {
  python3 -c '
import random, socket
while True:
    with socket.socket() as s:
        try:
            s.bind(("", random.randrange(20000, 30000)))
        except OSError:
            continue
        print(s.getsockname()[1])
        break'
}
now() { date +%s.%N; }
since() { python3 -c "print(f'{$(now) - $1:.1f}')"; }
is_less() { python3 -c "import sys; sys.exit(not $1 < $2)"; }

compose() { "${engine[@]}" -f "$work/out/docker-compose.yaml" --profile tls --profile jupyter "$@"; }
id_of() { compose ps -q "$1"; }

# One run at a time, by whatever clone: they take the same names.
wait_for_others() {
  exec {lock}>>"/tmp/$project.lock" || fail "/tmp/$project.lock cannot be written"
  flock -n $lock || { echo "another run of this test is under way; waiting for its end"; flock -w 1200 $lock; } \
    || fail "after 20 minutes another run of this test still holds /tmp/$project.lock"
}

# What a run that was killed has left. A deployment that somebody gave the same name has its file elsewhere: it stays.
remove_remainders() {
  local of=label=com.docker.compose.project=$project files
  remove "label=$label"
  files=$(docker ps -a --filter "$of" --format '{{.Label "com.docker.compose.project.config_files"}}')
  if [ -n "$files" ] && ! has -v "/$project\.[^/]*/out/" <<<"$files"; then remove "$of"; fi
}

remove() { # FILTER
  local kind found
  for kind in container network volume; do
    found=$(docker $kind ls -q $([ $kind != container ] || echo -a) --filter "$1")
    [ -n "$found" ] || continue
    echo "left by a run of this test that was killed, and removed: $kind" $found
    docker $kind rm $([ $kind = network ] || echo -f) $found >/dev/null || fail "$kind $found cannot be removed"
  done
}

# What is there then is somebody's deployment, and is not touched.
check_nothing_there() {
  local found
  found=$(
    docker network ls --format 'network {{.Name}}' | grep -x "network $network"
    docker ps -a --format 'container {{.Names}} {{.Label "com.docker.compose.project"}}' \
      | awk -v one="$project" -v other="$network" -v alone="^($project-|$alone\$)" '$3 == one || $3 == other || $2 ~ alone { print $1, $2 }'
    docker volume ls --format 'volume {{.Name}}' | grep -x -e "volume $volume" -e "volume $alone"
  )
  [ -z "$found" ] && return
  echo "FAILED: the engine has these already, and this test would take their names and remove them:"
  echo "$found"
  echo "Where they are in use, run it against another engine (DOCKER_HOST); else take them down (docker compose down; docker rm, network rm, volume rm)."
  echo "$passed passed, 1 failed"
  exit 1
}

fail() {
  echo "FAILED: $1"
  compose ps 2>&1; compose logs --tail 30 2>&1; docker logs --tail 30 $alone 2>&1
  echo "$passed passed, 1 failed"
  exit 1
}

ok() { passed=$((passed + 1)); echo "ok: $1"; }

# until_ok SECONDS COMMAND...: tries until it works.
until_ok() {
  local end=$(($(date +%s) + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 0.2
  done
}

# Reads to the end, as grep -q does not: the one that writes to it would fail, and the whole pipe with it.
has() { grep "$@" >/dev/null; }

healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = healthy ]; }
all_healthy() {
  local name
  for name in "${services[@]}"; do
    until_ok 90 healthy "$(id_of "$name")" || fail "$name is not healthy $1"
  done
}
exit_code() { docker inspect -f '{{.State.ExitCode}}' "$1"; }

kill_in() { # CONTAINER PATTERN: from the host, as the engine takes its own kill for a stop
  local pid
  pid=$(docker top "$1" -eo pid,args | awk -v what="$2" '$0 ~ what && !/supervise/ && !/tini/ { print $1; exit }')
  [ -n "$pid" ] && kill -9 "$pid"
}

get() { curl --silent --show-error --fail --max-time 20 --noproxy '*' --cacert "$work/certs/cert.pem" "$@"; }
sessions() { get "http://localhost:$HTTP_PORT/api/sessions"; }
has_run() { get "http://localhost:$TENSORBOARD_PORT/data/runs" | has "Validation loss\|CPU 0\|/"; }
session_ids() { sessions | python3 -c 'import json, sys; print(*(one["id"] for one in json.load(sys.stdin)))'; }

# In a container of its own, which knows the logger by name only.
send() { # NETWORK HOST PORT FILE
  docker run --rm --network "$1" -v "$here/training.py:/training.py:ro" -v "$captures:/captures:ro" python:3.11-slim \
    python3 /training.py "$2" "$3" "/captures/$4"
}

send_captures() { # NETWORK HOST PORT
  local file
  for file in "$captures"/*.ndjson; do
    send "$1" "$2" "$3" "$(basename "$file")" || return 1
  done
}

# The newest session, as long as it is live: its id and how many points it has.
live() { sessions | python3 -c 'import json, sys; s = json.load(sys.stdin)[0]; print(s["id"], s["points"]); sys.exit(s["state"] != "live")'; }
goes_on() { # ID POINTS: the session is live and has more
  local after
  after=$(live) && [ "${after% *}" = "$1" ] && [ "${after#* }" -gt "$2" ]
}

# What TensorBoard's own reader finds in the sessions of the captures is what was sent.
check_volume() { # VOLUME IDS WHAT
  if [ ! -e "$oracle" ]; then
    [ "${CI:-}" != true ] || fail "$3 cannot be told, and in CI must be: there is no $oracle"
    echo "not looked at, as there is no ../shared/lab/oracle.py: whether $3"
    return
  fi
  docker run --rm -v "$1:/logs:ro" -v "$(realpath "$oracle"):/oracle.py:ro" -v "$captures:/captures:ro" --tmpfs /tmp --entrypoint /bin/sh \
    nntile-logger-tensorboard -c "mkdir /tmp/sent && for id in $2; do ln -s /logs/\$id /tmp/sent/; done \
      && /opt/tensorboard/bin/python /oracle.py --each /tmp/sent /captures/*.ndjson" || fail "not so: $3"
  ok "$3"
}

# Sessions and points, before and after something that must not lose any.
save() { python3 "$here/kept.py" save "http://localhost:$HTTP_PORT" "$work/kept.json"; }
check_kept() { # WHAT: files are read again in the background
  compare() { python3 "$here/kept.py" compare "http://localhost:$HTTP_PORT" "$work/kept.json"; }
  until_ok 30 compare || { compare; fail "$1"; }
}

same_answer() { # PATH
  get "http://localhost:$TENSORBOARD_PORT/$1" >"$work/http" && get "https://localhost:$TLS_PORT/$1" >"$work/https" && cmp "$work/http" "$work/https"
}

# The path of a curve's points, of the training that has ended: no more of them come between two questions.
curve() {
  get "http://localhost:$TENSORBOARD_PORT/data/plugin/timeseries/tags" | python3 -c '
import json, sys, urllib.parse
run, tags = min(json.load(sys.stdin)["scalars"]["runTagInfo"].items())
print("data/plugin/scalars/scalars?" + urllib.parse.urlencode({"run": run, "tag": tags[0]}))'
}

same_answers() { # TensorBoard over http and https; what has just come may be shown between two questions
  local path points
  until_ok 60 has_run && until_ok 20 curve || return 1
  for path in data/runs data/plugin/timeseries/tags data/plugins_listing "$(curve)"; do
    until_ok 20 same_answer "$path" || { same_answer "$path"; return 1; }
  done
  points=$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)))' <"$work/https") && [ "$points" -gt 0 ] || return 1
  echo "$points points of a curve, the same over http and https"
  get "https://localhost:$TLS_PORT/live/" | has -i "<html"
}

# The live page's link to TensorBoard: by the port of this machine, and behind the proxy beside it.
linked() {
  get "http://localhost:$HTTP_PORT/api/server" | has "\"tensorBoard\":\"http://localhost:$TENSORBOARD_PORT/\"" \
    && get "https://localhost:$TLS_PORT/live/api/server" | has '"tensorBoard":"../"'
}

# A line from inside the published Jupyter, to the address that its variables give NNTile's client.
send_from_jupyter() {
  docker exec -i "$(id_of jupyter-lab)" python3 - <<'END'
import ipaddress, os, socket
address = str(ipaddress.IPv4Address(os.environ["NNTILE_LOGGER_ADDR"]))
with socket.create_connection((address, int(os.environ["NNTILE_LOGGER_PORT"])), timeout=10) as connection:
    connection.sendall(b'{"scalars": [{"name": "sent from Jupyter", "values": [1]}]}\n')
    connection.shutdown(socket.SHUT_WR)
    connection.recv(1)
END
}
newest_has() { get "http://localhost:$HTTP_PORT/api/sessions/$(session_ids | cut -d ' ' -f 1)/series" | has "\"$1\""; }

certificate() {
  mkdir -p "$CERTIFICATES" \
    && openssl req -x509 -newkey rsa:2048 -keyout "$CERTIFICATES/key.pem" -out "$CERTIFICATES/cert.pem" -days 2 -nodes \
      -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" 2>/dev/null \
    && chmod 755 "$work" && chmod 644 "$CERTIFICATES/key.pem"
}
