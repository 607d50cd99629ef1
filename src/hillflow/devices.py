"""The device on which PyTorch computes: its name, checked before any work.

PyTorch names an NVIDIA or AMD GPU ``cuda``, or ``cuda:1`` for the second one. A device needs
numbers of 64 bits, which Apple's ``mps`` lacks.
"""

from __future__ import annotations

from hillflow.errors import InputError

CPU = "cpu"
_WITHOUT_64_BITS = "mps"


def check_device(name: str, *, alone: bool = True) -> str:
    """Return the name of a device that PyTorch can use here.

    Parameters
    ----------
    alone
        Whether one process does all the work, which every device but the CPU needs.

    Examples
    --------
    >>> from hillflow.devices import check_device
    >>> check_device("cpu")
    'cpu'
    """
    if name == CPU:  # without importing torch
        return name
    seen = devices_seen()
    if name in (*seen, *(each.partition(":")[0] for each in seen)):
        if not alone:
            raise InputError(
                f"one process on the device {name!r}",
                "several: jobs=… (--jobs) or cluster=… (--cluster)",
                "leave them out, or compute on the CPU: device='cpu' (--device cpu)",
            )  # fmt: skip
        return name
    if isinstance(name, str) and name.partition(":")[0] == _WITHOUT_64_BITS:
        raise InputError(
            "a device with numbers of 64 bits", f"{name!r}, which has none",
            "write device='cpu' (--device cpu)",
        )  # fmt: skip
    import torch

    raise InputError(
        f"a device that PyTorch {torch.__version__} sees here: {' or '.join(seen)}", repr(name),
        "write device='cpu' (--device cpu), or install PyTorch for this machine's GPU ('cuda' for "
        "one of NVIDIA or AMD)",
    )  # fmt: skip


def devices_seen() -> tuple[str, ...]:
    """Return ``("cpu",)``, or ``("cpu", "cuda:0", …)`` if PyTorch sees an accelerator."""
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None or accelerator.type == _WITHOUT_64_BITS:
        return (CPU,)
    every = range(torch.accelerator.device_count())
    return (CPU, *(f"{accelerator.type}:{number}" for number in every))
