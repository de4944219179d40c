"""Opens networks that run on the processor of this machine."""

from pathlib import Path
from typing import Any


class NetworkMissing(Exception):
    """What a network needs, or its file, is not on this machine."""


def open_network(network: Path, threads: int = 1) -> Any:
    """Return the session of an ONNX file.

    Raises:
        NetworkMissing: no such file, or nothing to run it.
        Exception: the file is no network; ONNX Runtime's errors have nothing in common.
    """
    try:
        # Here, for only who uses one should wait for it to load.
        import onnxruntime  # noqa: PLC0415
    except ImportError as error:
        raise NetworkMissing("onnxruntime is not installed") from error
    if not network.is_file():
        raise NetworkMissing(f"{network.name} is not installed")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(
        str(network), options, providers=["CPUExecutionProvider"]
    )
