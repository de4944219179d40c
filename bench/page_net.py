"""The network that ``bench/train_pages.py`` trains: says whether a square is a page.

Needs PyTorch (the extra ``train``).
"""

from pathlib import Path

import torch
from torch import nn

from document_capture.page_model import SIDE

WIDTHS = 24, 32, 48, 64, 96, 96
"""Channels; every layer but the third and the fifth halves the square."""
LAST = 5
"""Pixels of the side of what the last layer sees."""
KNOWN = 64
"""What is known of a square before the answer."""


class PageNet(nn.Module):  # type: ignore[misc]  # torch is read as Any
    """From (n, 3, SIDE, SIDE) to (n, 1) logarithms of odds."""

    def __init__(self) -> None:
        super().__init__()
        one, two, three, four, five, six = WIDTHS
        self.seen = nn.Sequential(
            _block(3, one, 2, kernel=5),
            _block(one, two, 2),
            _block(two, three),
            _block(three, four, 2),
            _block(four, five),
            _block(five, six, 2),
        )
        self.said = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(six * LAST * LAST, KNOWN),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(KNOWN, 1),
        )

    def forward(self, squares: torch.Tensor) -> torch.Tensor:
        """Return the answers."""
        return self.said(self.seen(squares))


def write_onnx(net: PageNet, path: Path) -> None:
    """Write ``net`` as ``document_capture.page_model.PageModel`` reads it."""
    torch.onnx.export(
        net.eval(),
        (torch.zeros(2, 3, SIDE, SIDE),),
        str(path),
        input_names=["squares"],
        output_names=["odds"],
        dynamic_axes={"squares": {0: "n"}, "odds": {0: "n"}},
        dynamo=False,
    )


def _block(of: int, to: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(of, to, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(to),
        nn.ReLU(inplace=True),
    )
