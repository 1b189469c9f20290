#!/usr/bin/env python3
"""Holds what a logger serves against what it served before, as nothing of that may be lost.

usage: kept.py save URL FILE       keeps every session and every point of it in FILE
       kept.py compare URL FILE    fails where a session of FILE or a point of it is gone, or where one that had ended has
                                   got more
Prints how much it found, or what differs.
"""
import json
import sys
import urllib.request


def sessions(url):
    """By id: whether it has ended, how many points the server says it has, and its points as lines."""
    ask = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(path):
        with ask.open(f"{url}/api/sessions{path}", timeout=20) as answer:
            return answer.read().decode()

    return {one["id"]: {"ended": one["state"] == "ended", "count": one["points"],
                        "points": get(f"/{one['id']}/export.csv").splitlines()[1:]}
            for one in json.loads(get(""))}


def differences(before, after):
    for name, had in before.items():
        has = after.get(name)
        if has is None:
            yield f"session {name} is gone"
            continue
        gone = set(had["points"]) - set(has["points"])
        if gone:
            yield f"session {name}: {len(gone)} of {len(had['points'])} points are gone, as {min(gone)}"
        for what in ("points", "count"):
            least, found = (len(one["points"]) if what == "points" else one["count"] for one in (had, has))
            if found < least or (had["ended"] and found != least):
                yield f"session {name}: {what} were {least} and are {found}"


def main():
    task, url, path = sys.argv[1:]
    found = sessions(url)
    if task == "save":
        with open(path, "w", encoding="utf-8") as file:
            json.dump(found, file)
    else:
        with open(path, encoding="utf-8") as file:
            wrong = list(differences(json.load(file), found))
        if wrong:
            sys.exit("\n".join(wrong))
    print(f"{len(found)} sessions, {sum(len(one['points']) for one in found.values())} points")


main()
