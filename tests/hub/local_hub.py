"""
A Hub of one's own, in memory, for rehearsals: `python tests/hub/local_hub.py [PORT]`, then set `HF_ENDPOINT` to the
address it prints, `HF_TOKEN` to any word, and `HF_HUB_DISABLE_XET=1`.
"""

import base64
import hashlib
import json
import re
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

USER, ORGANISATION = "somebody", "org"
BINARY = (".safetensors", ".parquet", ".png", ".jpg", ".mp4", ".tflite", ".pt", ".whl")


@dataclass(frozen=True)
class Blob:
    """A stored file: `lfs` is the SHA-256 of a large one; `oid` what git calls it."""

    content: bytes
    lfs: str | None

    @property
    def oid(self) -> str:
        return self.lfs or hashlib.sha1(b"blob %d\0" % len(self.content) + self.content).hexdigest()


@dataclass
class Repository:
    """Commits are whole trees, path to blob; branches and tags name commits."""

    commits: dict[str, dict[str, Blob]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        self.commit("main", {})

    def commit(self, branch: str, files: dict[str, Blob]) -> str:
        tree = json.dumps([self.branches.get(branch), *sorted((path, blob.oid) for path, blob in files.items())])
        name = hashlib.sha1(tree.encode()).hexdigest()
        self.commits[name], self.branches[branch] = files, name
        return name

    def resolve(self, revision: str) -> str | None:
        found = self.branches.get(revision) or self.tags.get(revision)
        return found or (revision if revision in self.commits else None)


class LocalHub(ThreadingHTTPServer):
    """
    The Hub. `requests` lists what was asked, `(method, path)`; with `cut_after` set, the connection of every upload of
    a large file breaks off after that many bytes.
    """

    daemon_threads = True

    def __init__(self, port: int = 0):
        super().__init__(("127.0.0.1", port), Answer)
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.large: dict[str, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.cut_after: int | None = None
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def uploads(self) -> list[str]:
        """Paths of the requests that changed something."""
        changes = re.compile(r"/commit/|/lfs/|/tag/|/branch/")
        return [path for method, path in self.requests if method != "GET" and changes.search(path)]

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Answer(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer()

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *arguments):
        pass

    def answer(self):
        hub, path = self.server, unquote(urlsplit(self.path).path)
        hub.requests.append((self.command, path))
        if re.fullmatch(r"/lfs/\w{64}", path) and self.command == "PUT":
            return self.store(path.rsplit("/", 1)[1])
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        authorized = (self.headers.get("Authorization") or "").startswith("Bearer ")
        if not authorized and self.command in ("POST", "PUT"):
            return self.refuse(401, "Invalid username or password.")
        if path == "/api/whoami-v2":
            if not authorized:
                return self.refuse(401, "Invalid username or password.")
            return self.json({"type": "user", "name": USER, "orgs": [{"name": ORGANISATION}], "auth": {}})
        if path == "/api/validate-yaml":
            return self.validate(json.loads(self.body))
        if path == "/api/repos/create":
            return self.create(json.loads(self.body))
        if match := re.fullmatch(r"/(datasets/|spaces/|kernels/)?([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return self.batch(json.loads(self.body))
        if match := re.fullmatch(r"/api/(model|dataset|space|kernel)s/([^/]+/[^/]+)(?:/(\w+)(?:/(.+))?)?", path):
            kind, name, action, rest = match.groups()
        elif match := re.fullmatch(r"/(?:(dataset|space|kernel)s/)?([^/]+/[^/]+)/(resolve)/(.+)", path):
            kind, name, action, rest = match.groups()
        else:
            return self.refuse(404, f"Nothing is at {path}.")
        repository = hub.repositories.get((kind or "model", name))
        if repository is None:
            return self.refuse(404, "Repository not found", "RepoNotFound")
        with hub.lock:
            return getattr(self, f"on_{action or 'revision'}")(repository, name, rest or "main")

    def on_revision(self, repository, name, revision):
        files = self.tree_of(repository, revision)
        if files is None:
            return self.refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        siblings = [{"rfilename": path} for path in sorted(files)]
        sha = repository.resolve(revision)
        self.json({"_id": name, "id": name, "sha": sha, "siblings": siblings, "private": False, "tags": []})

    def on_tree(self, repository, name, rest):
        revision, _, folder = rest.partition("/")
        files = self.tree_of(repository, revision)
        if files is None:
            return self.refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        prefix = f"{folder}/" if folder else ""
        below = {path: blob for path, blob in files.items() if path.startswith(prefix)}
        if folder and not below:
            return self.refuse(404, f"{folder} does not exist", "EntryNotFound")
        recursive = parse_qs(urlsplit(self.path).query).get("recursive", ["false"])[0].lower() in ("true", "1")
        entries = {}
        for path, blob in sorted(below.items()):
            inner = path.removeprefix(prefix)
            parents = [prefix + inner[: match.start()] for match in re.finditer("/", inner)]
            for parent in parents if recursive else parents[:1]:
                entries[parent] = {"type": "directory", "oid": "0" * 40, "size": 0, "path": parent}
            if recursive or "/" not in inner:
                entry = {"type": "file", "oid": blob.oid, "size": len(blob.content), "path": path}
                if blob.lfs:
                    entry["lfs"] = {"oid": blob.lfs, "size": len(blob.content), "pointerSize": 132}
                entries[path] = entry
        self.json(list(entries.values()))

    def on_refs(self, repository, name, rest):
        def listed(references, kind):
            return [{"name": n, "ref": f"refs/{kind}/{n}", "targetCommit": c} for n, c in references.items()]

        self.json(
            {"branches": listed(repository.branches, "heads"), "tags": listed(repository.tags, "tags"), "converts": []}
        )

    def on_branch(self, repository, name, branch):
        start = repository.resolve((json.loads(self.body or b"{}")).get("startingPoint") or "main")
        self.name_commit(repository.branches, branch, start)

    def on_tag(self, repository, name, revision):
        self.name_commit(repository.tags, json.loads(self.body)["tag"], repository.resolve(revision))

    def name_commit(self, references, name, commit):
        if name in references:
            return self.refuse(409, f"Reference already exists: {name}")
        references[name] = commit
        self.json({})

    def on_preupload(self, repository, name, revision):
        files = self.tree_of(repository, revision) or {}
        answers = []
        for file in json.loads(self.body)["files"]:
            large = file["path"].endswith(BINARY) or b"\0" in base64.b64decode(file["sample"])
            answer = {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}
            if file["path"] in files:
                answer["oid"] = files[file["path"]].oid
            answers.append(answer)
        self.json({"files": answers})

    def on_commit(self, repository, name, branch):
        if branch not in repository.branches:
            return self.refuse(404, f"Invalid rev id: {branch}", "RevisionNotFound")
        files = dict(self.tree_of(repository, branch))
        for line in filter(None, self.body.split(b"\n")):
            operation = json.loads(line)
            key, value = operation["key"], operation["value"]
            if key == "file":
                files[value["path"]] = Blob(base64.b64decode(value["content"]), None)
            elif key == "lfsFile":
                if value["oid"] not in self.server.large:
                    return self.refuse(400, f"The large file {value['path']} was never uploaded.")
                files[value["path"]] = Blob(self.server.large[value["oid"]], value["oid"])
            elif key == "deletedFile":
                del files[value["path"]]
            elif key != "header":
                return self.refuse(400, f"What is {key}?")
        sha = repository.commit(branch, files)
        self.json({"success": True, "commitOid": sha, "commitUrl": f"{self.server.url}/{name}/commit/{sha}"})

    def on_resolve(self, repository, name, rest):
        revision, _, path = rest.partition("/")
        files = self.tree_of(repository, revision)
        if files is None:
            return self.refuse(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        if path not in files:
            return self.refuse(404, "Entry not found", "EntryNotFound")
        blob, status, content = files[path], 200, files[path].content
        headers = {"X-Repo-Commit": repository.resolve(revision), "ETag": f'"{blob.oid}"', "Accept-Ranges": "bytes"}
        if blob.lfs:
            headers |= {"X-Linked-ETag": f'"{blob.lfs}"', "X-Linked-Size": str(len(blob.content))}
        if match := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or ""):
            first, last = int(match[1]), int(match[2] or len(content) - 1)
            status, headers["Content-Range"] = 206, f"bytes {first}-{last}/{len(content)}"
            content = content[first : last + 1]
        self.send(status, content, "application/octet-stream", headers)

    def tree_of(self, repository, revision):
        return repository.commits.get(repository.resolve(revision))

    def validate(self, card):
        try:
            front = card["content"].split("---")[1]
            errors = [] if isinstance(yaml.safe_load(front), dict) else [{"message": "no metadata"}]
        except (IndexError, yaml.YAMLError) as error:
            errors = [{"message": str(error)}]
        self.json({"errors": errors, "warnings": []}, 400 if errors else 200)

    def create(self, wanted):
        kind, name = wanted.get("type", "model"), f"{wanted.get('organization') or USER}/{wanted['name']}"
        if kind not in ("model", "dataset", "space", "kernel") or (kind == "space" and not wanted.get("sdk")):
            return self.refuse(400, "Invalid type or missing sdk")
        if name.split("/")[0] not in (USER, ORGANISATION):
            return self.refuse(403, "You don't have the rights to create a repository there.")
        url = f"{self.server.url}/{'' if kind == 'model' else kind + 's/'}{name}"
        if (kind, name) in self.server.repositories:
            return self.json({"error": "You already created this repo", "url": url}, 409)
        self.server.repositories[kind, name] = Repository()
        self.json({"url": url})

    def batch(self, wanted):
        objects = []
        for entry in wanted["objects"]:
            if entry["oid"] not in self.server.large:
                href = f"{self.server.url}/lfs/{entry['oid']}"
                entry = {**entry, "actions": {"upload": {"href": href}}}
            objects.append(entry)
        self.json({"transfer": "basic", "objects": objects})

    def store(self, oid):
        length = int(self.headers["Content-Length"])
        cut = self.server.cut_after
        if cut is not None and length > cut:
            self.rfile.read(cut)
            self.close_connection = True
            self.connection.close()
            return
        content = self.rfile.read(length)
        if hashlib.sha256(content).hexdigest() != oid:
            return self.refuse(400, "The checksum does not match.")
        self.server.large[oid] = content
        self.json({})

    def json(self, answer, status=200):
        self.send(status, json.dumps(answer).encode(), "application/json", {})

    def refuse(self, status, message, code=None):
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self.send(status, json.dumps({"error": message}).encode(), "application/json", headers)

    def send(self, status, content, kind, headers):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


if __name__ == "__main__":
    hub = LocalHub(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"HF_ENDPOINT={hub.url} HF_TOKEN=anything HF_HUB_DISABLE_XET=1", flush=True)
    hub.serve_forever()
