"""The network that ``bench/train_pages.py`` trains: a small U-Net.

Olaf Ronneberger, Philipp Fischer and Thomas Brox, "U-Net: convolutional networks for
biomedical image segmentation", MICCAI 2015. Needs PyTorch (the extra ``train``).
"""

from pathlib import Path

import torch
from torch import nn

from document_capture.page_model import INPUT

WIDTHS = 16, 32, 48, 80, 128
"""Channels at 1/2 to 1/32 of the input."""
MAPS = 3
"""Paper, its sides, its corners."""


class PageNet(nn.Module):  # type: ignore[misc]  # torch is read as Any
    """From (n, 3, h, w) Lab, 0 to 1, to (n, 3, h / 2, w / 2) logits."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four, five = WIDTHS
        self.down = nn.ModuleList(
            [
                _block(3, one, 2, kernel=5),
                nn.Sequential(_block(one, two, 2), _block(two, two)),
                nn.Sequential(_block(two, three, 2), _block(three, three)),
                nn.Sequential(_block(three, four, 2), _block(four, four)),
                nn.Sequential(
                    _block(four, five, 2), _block(five, five), _block(five, five)
                ),
            ]
        )
        joined = (five, four), (four, three), (three, two), (two, one)
        self.up = nn.ModuleList([_block(low + high, high) for low, high in joined])
        self.said = nn.Conv2d(one, MAPS, 3, padding=1)

    def forward(self, lab: torch.Tensor) -> torch.Tensor:
        """Return the logits of the maps."""
        levels = []
        for down in self.down:
            lab = down(lab)
            levels.append(lab)
        seen = levels.pop()
        for up in self.up:
            finer = levels.pop()
            wide = nn.functional.interpolate(seen, size=finer.shape[2:])
            seen = up(torch.cat([wide, finer], dim=1))
        return self.said(seen)


def write_onnx(net: PageNet, path: Path) -> None:
    """Write ``net`` as ``document_capture.page_model.PageModel`` reads it."""
    whole = nn.Sequential(net, nn.Sigmoid()).eval()
    example = torch.zeros(1, 3, *INPUT[::-1])
    torch.onnx.export(
        whole,
        (example,),
        str(path),
        input_names=["lab"],
        output_names=["maps"],
        dynamo=False,
    )


def _block(of: int, to: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(of, to, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(to),
        nn.ReLU(inplace=True),
    )
