"""Record of the code with which a study's results were computed, and what changed since.

`code.json` in the folder of results holds, for each part of the code (the network, PyTorch, and so
on), its state: the SHA-256 of the user's files, the shapes of the parameters and the outputs on
some images. It also holds the part's identity, which stands in the keys of results: once the user
has said that a change does not matter, the state is another one and the identity the same.

Where no file is the user's, no part has an identity, and keys are those of older programs. So it is
with results that are older than the record.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from descent_atlas.storage.durable import hash_file, read_document, remove, write_document
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.storage.sealed import DocumentError
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.schema import Study
from descent_atlas.study.user_code import find_sources
from descent_atlas.training.networks import layout
from descent_atlas.training.run_manifest import RunError, RunManifest, read_manifest
from descent_atlas.training.validation import describe_fault

logger = logging.getLogger(__name__)

CODE_SCHEMA = 1
"""The version of this format. Readers refuse a newer one."""

TORCH = "torch"
"""The part that is PyTorch, whose state is its version."""

SHOWN_IMAGES, SHOWN_OUTPUTS = 4, 64
"""Images on which a network's outputs are compared, and how many of these numbers are kept."""

OUTPUT_TOLERANCE = 1e-3
"""The difference of two outputs, as a share of the largest, that is no rounding: another machine or
version of PyTorch rounds differently by 1e-6 and, in half precision, by 1e-3."""

ADVICE = """\
What was computed with the former code must not be mixed with what the present code computes. Say
which it is:
  --accept-code  the change does not matter: keep all results and continue
  --restart      the change matters: compute again what this code determines
A `version = "…"` in the study is compared in place of the files."""


class CodeError(Exception):
    """Code that is not that of the results; the message lists what changed and what to do."""


class CodePart(BaseModel):
    """A part of the code: what is compared, and the identity in the keys of results.

    `files` maps modules to the SHA-256 of their files, `paths` to where these lie.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    version: str | None = None
    files: dict[str, str] = {}
    paths: dict[str, str] = {}
    shapes: dict[str, list[int]] = {}
    outputs: list[float] | None = None
    identity: str | None = None

    def identify(self) -> str:
        """Return the SHA-256 of what is compared, except outputs, which are rounded."""
        compared = [self.version, self.files, self.shapes]
        if self.version is not None:
            compared = [self.version]
        return hashlib.sha256(json.dumps(compared, sort_keys=True).encode()).hexdigest()


class CodeRecord(BaseModel):
    """The content of code.json beside its schema.

    `replaced` are the identities of runs that `--restart` gave up; an empty one is none.
    """

    model_config = ConfigDict(strict=True)

    parts: dict[str, CodePart] = {}
    replaced: list[str] = []

    @property
    def identity(self) -> str | None:
        """What the keys of results contain of the code; None if nothing."""
        known = {name: part.identity for name, part in self.parts.items() if part.identity}
        if not known:
            return None
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def read_record(folder: StudyFolder) -> CodeRecord | None:
    """Return the record of a folder of results; None if it has none.

    Raises DamagedError, and CodeError if the record is of a newer format.
    """
    try:
        document = read_document(folder.code, sealed_since=CODE_SCHEMA)
    except FileNotFoundError:
        return None
    except DocumentError as error:
        raise DamagedError(f"is damaged: {error}", folder.code) from error
    schema = document.pop("schema", None)
    if schema != CODE_SCHEMA:
        raise CodeError(f"{folder.code} is of schema {schema}, this program's is {CODE_SCHEMA}")
    try:
        return CodeRecord.model_validate(document)
    except ValidationError as error:
        raise DamagedError(f"is damaged: {describe_fault(error)}", folder.code) from error


def write_record(folder: StudyFolder, record: CodeRecord) -> None:
    """Write the record of a folder of results."""
    if not folder.code.is_file():
        remove(folder.code)
    write_document(folder.code, {"schema": CODE_SCHEMA, **record.model_dump()})


def reconcile(
    study: Study, folder: StudyFolder, *, accept: bool = False, restart: bool = False
) -> str:
    """Compare a study's code with that of its results; record it; return what was done, in words.

    The words are empty if nothing had changed. With `accept`, a change does not matter: identities
    stay. With `restart`, changed parts get new ones, so that no former result has the key of a new
    one; so it is, unsaid, as long as no run has made a step. Raises CodeError, which lists the
    changes, if there are some and neither is given.
    """
    present = describe_code(study, folder)
    try:
        stored = read_record(folder)
    except DamagedError as error:
        logger.warning("%s; the present code is recorded", error)
        stored = None
    record = stored or begin_record(present, folder)
    changes = {
        name: faults
        for name in {**record.parts, **present}
        if (faults := list(compare(record.parts.get(name), present.get(name), name)))
    }
    lines = [f"  {line}" for faults in changes.values() for line in faults]
    has_begun = any(map(has_steps, read_runs(folder)))
    restart = restart or not (has_begun or accept)
    if changes and not (accept or restart):
        raise CodeError(
            "\n".join([f"The code of the results in {folder.root} has changed:", *lines, ADVICE])
        )
    former = record.identity
    if accept:
        dropped = record.parts.keys() - present.keys()
        present |= {name: CodePart(identity=record.parts[name].identity) for name in dropped}
    for name, part in present.items():
        own = record.parts.get(name)
        part.identity = own.identity if own else None
        if restart and name in changes:
            part.identity = part.identify()
        elif own is not None and name not in changes:
            part.outputs = own.outputs  # which rounding changes from machine to machine
    settled = CodeRecord(parts=present, replaced=record.replaced)
    if settled.identity != former:
        settled.replaced = [*dict.fromkeys([*record.replaced, former or ""])]
    if settled != stored:
        write_record(folder, settled)
    if not (changes and has_begun):
        return ""
    action = "Accepted" if accept else "Computing again what is determined by"
    return "\n".join([f"{action} this change of the code:", *lines])


def describe_code(study: Study, folder: StudyFolder) -> dict[str, CodePart]:
    """Return the parts of a study's code as they are now, without identities."""
    parts = {TORCH: CodePart(version=str(torch.__version__))}
    for name, references in study.list_code().items():
        paths = {module: path for each in references for module, path in find_sources(each).items()}
        if paths or study.version is not None:
            parts[name] = CodePart(
                version=study.version,
                files={module: hash_file(path) for module, path in sorted(paths.items())},
                paths={module: str(path) for module, path in sorted(paths.items())},
            )
    if "network" in parts and parts["network"].files:
        describe_network(study, folder, parts["network"])
    return parts


def describe_network(study: Study, folder: StudyFolder, part: CodePart) -> None:
    """Add the shapes of a network's parameters, and its outputs on the first images, to a part.

    A network that does not accept the images has no outputs; why, its first job says.
    """
    network = study.network.build()
    own = layout(network)
    part.shapes = {name: list(shape) for name, shape in zip(own.names, own.shapes, strict=True)}
    batch = open_dataset(folder.dataset).train.take(slice(SHOWN_IMAGES))
    network.eval()
    try:
        with torch.inference_mode():
            outputs = network(batch[0] if isinstance(batch, tuple | list) else batch)
    except Exception:  # a user's network may raise anything
        return
    if isinstance(outputs, torch.Tensor) and outputs.dtype.is_floating_point:
        part.outputs = outputs.double().flatten()[:SHOWN_OUTPUTS].nan_to_num().tolist()


def begin_record(present: Mapping[str, CodePart], folder: StudyFolder) -> CodeRecord:
    """Return the record of a folder that has none.

    Results that are older than records are taken to be of the present code, with the version of
    PyTorch that the first run names.
    """
    parts = {name: part.model_copy() for name, part in present.items()}
    older = [run for run in read_runs(folder) if "code" not in run["spec"]]
    if older:
        parts[TORCH].version = older[0]["versions"].get("torch")
        return CodeRecord(parts=parts)
    if set(parts) != {TORCH}:
        for part in parts.values():
            part.identity = part.identify()
    return CodeRecord(parts=parts)


def read_runs(folder: StudyFolder) -> Iterator[dict[str, Any]]:
    """Yield the manifests of the runs that can be read."""
    for path in sorted(folder.runs.glob("*")):
        try:
            manifest = read_manifest(path)
            RunManifest.model_validate(manifest)
        except (RunError, ValidationError):
            continue
        yield manifest


def has_steps(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a run has made a step."""
    return bool(manifest["steps"] or manifest["status"] != "running")


def compare(then: CodePart | None, now: CodePart | None, name: str) -> Iterable[str]:
    """Yield what differs between two states of a part, a line each."""
    then, now = then or CodePart(), now or CodePart()
    if name == TORCH or (then.version is not None and now.version is not None):
        if then.version != now.version:
            what = "PyTorch" if name == TORCH else f"{name}: version"
            yield f"{what} {then.version} then, {now.version} now"
        return
    changed = False
    for module in sorted({*then.files, *now.files}):
        if then.files.get(module) == now.files.get(module):
            continue
        changed = True
        if module not in now.files:
            yield f"{name}: {then.paths.get(module, module)} is no longer used"
        elif module not in then.files:
            yield f"{name}: {now.paths[module]} is new"
        else:
            yield f"{name}: {now.paths[module]} differs"
    if then.shapes and now.shapes and then.shapes != now.shapes:
        changed = True
        yield f"{name}: the parameters have other names or shapes"
    if not changed and then.outputs is not None and now.outputs is not None:
        yield from compare_outputs(then.outputs, now.outputs, name)


def compare_outputs(then: list[float], now: list[float], name: str) -> Iterable[str]:
    """Yield a line if outputs differ by more than rounding."""
    scale = max(map(abs, [*then, *now]), default=0.0)
    difference = max((abs(a - b) for a, b in zip(then, now, strict=False)), default=0.0)
    if len(then) != len(now) or difference > OUTPUT_TOLERANCE * scale:
        yield (
            f"{name}: its outputs differ by up to {difference:.2g}, though no file of yours does; "
            "has a package changed, or a file that it reads?"
        )


def check_unchanged(folder: StudyFolder) -> None:
    """Raise CodeError if a file of the recorded code has changed since the command began.

    A process that started before the change would compute with the former code, one that started
    after it with the new.
    """
    record = read_record(folder)
    for name, part in record.parts.items() if record else ():
        for module, path in part.paths.items() if part.version is None else ():
            if not Path(path).is_file() or hash_file(Path(path)) != part.files[module]:
                raise CodeError(f"{name}: {path} changed while the command ran; run it again")
