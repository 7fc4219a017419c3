"""A small one-stage detector: convolutions with ReLU only, heads at strides 8, 16 and 32, no objectness."""

import torch
from torch import nn

STRIDES = (8, 16, 32)
# A box side lies at a distance of 0..BINS-1 strides from its anchor, given as a distribution over whole strides.
BINS = 12


class Conv(nn.Sequential):
    def __init__(self, inputs, outputs, size=3, stride=1):
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03),
            nn.ReLU(inplace=True),
        )


class Split(nn.Module):
    """Half of the channels go through residual pairs of convolutions; all stages are joined again at the end."""

    def __init__(self, channels, depth):
        super().__init__()
        self.half = half = channels // 2
        self.enter = Conv(channels, channels, 1)
        self.pairs = nn.ModuleList(nn.Sequential(Conv(half, half), Conv(half, half)) for _ in range(depth))
        self.leave = Conv(half * (2 + depth), channels, 1)

    def forward(self, x):
        stages = list(self.enter(x).split(self.half, 1))
        for pair in self.pairs:
            stages.append(stages[-1] + pair(stages[-1]))
        return self.leave(torch.cat(stages, 1))


class Head(nn.Module):
    """Class logits and side distributions of one level, each with its own convolution."""

    def __init__(self, inputs, width, classes, stride):
        super().__init__()
        self.classify = nn.Sequential(Conv(inputs, width), nn.Conv2d(width, classes, 1))
        self.measure = nn.Sequential(Conv(inputs, width), nn.Conv2d(width, 4 * BINS, 1))
        # About five objects in a picture: start from scores as low as that prior.
        cells = (320 / stride) ** 2
        nn.init.constant_(self.classify[-1].bias, float(torch.logit(torch.tensor(5 / classes / cells).clamp(max=0.05))))

    def forward(self, x):
        return self.classify(x).flatten(2), self.measure(x).flatten(2)


class Detector(nn.Module):
    def __init__(self, classes, widths=(16, 24, 48, 80, 104), neck=40, head=32):
        super().__init__()
        w = widths
        self.stem = nn.Sequential(Conv(3, w[0], 3, 2), Conv(w[0], w[1], 3, 2), Split(w[1], 1))
        self.down8 = nn.Sequential(Conv(w[1], w[2], 3, 2), Split(w[2], 1))
        self.down16 = nn.Sequential(Conv(w[2], w[3], 3, 2), Split(w[3], 2))
        self.down32 = nn.Sequential(Conv(w[3], w[4], 3, 2), Split(w[4], 1))
        self.lateral = nn.ModuleList(Conv(width, neck, 1) for width in w[2:])
        self.smooth8 = Conv(neck, neck)
        self.smooth16 = Conv(neck, neck)
        self.raise16 = Conv(neck, neck, 3, 2)
        self.raise32 = Conv(neck, neck, 3, 2)
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.heads = nn.ModuleList(Head(neck, head, classes, stride) for stride in STRIDES)

    def forward(self, images):
        """Logits [batch, classes, anchors] and side distributions [batch, 4 * BINS, anchors]."""
        p8 = self.down8(self.stem(images))
        p16 = self.down16(p8)
        p32 = self.down32(p16)
        n8, n16, n32 = (lateral(p) for lateral, p in zip(self.lateral, (p8, p16, p32), strict=True))
        # Coarse levels tell the fine ones what they are part of, then the fine ones tell where exactly.
        n16 = self.smooth16(n16 + self.up(n32))
        n8 = self.smooth8(n8 + self.up(n16))
        n16 = n16 + self.raise16(n8)
        n32 = n32 + self.raise32(n16)
        outputs = [head(level) for head, level in zip(self.heads, (n8, n16, n32), strict=True)]
        return tuple(torch.cat(parts, 2) for parts in zip(*outputs, strict=True))


def anchors_of(size):
    """Anchor centres in pixels [2, anchors] and their strides [anchors] for a square picture."""
    points, strides = [], []
    for stride in STRIDES:
        line = (torch.arange(size // stride) + 0.5) * stride
        y, x = torch.meshgrid(line, line, indexing="ij")
        points.append(torch.stack([x.flatten(), y.flatten()]))
        strides.append(torch.full((x.numel(),), float(stride)))
    return torch.cat(points, 1), torch.cat(strides)


def decode_sides(distributions, points, strides):
    """Corner boxes [batch, 4, anchors] in pixels: the expected distance of each side from the anchor."""
    batch, _, anchors = distributions.shape
    shares = distributions.view(batch, 4, BINS, anchors).softmax(2)
    whole = torch.arange(BINS, dtype=shares.dtype).view(1, 1, BINS, 1)
    distances = (shares * whole).sum(2) * strides
    return torch.cat([points - distances[:, :2], points + distances[:, 2:]], 1)


class Exported(nn.Module):
    """The detector with everything decoded: cx, cy, w, h in pixels, then the scores."""

    def __init__(self, detector, size):
        super().__init__()
        self.detector = detector
        points, strides = anchors_of(size)
        self.register_buffer("points", points)
        self.register_buffer("strides", strides)
        # The expected distance is a matrix product, cheaper at inference than a product and a sum.
        self.register_buffer("whole", torch.arange(BINS, dtype=torch.float32).view(1, BINS, 1, 1))
        self.anchors = points.shape[1]

    def forward(self, images):
        logits, distributions = self.detector(images)
        shares = distributions.view(-1, 4, BINS, self.anchors).transpose(1, 2).softmax(1)
        distances = nn.functional.conv2d(shares, self.whole) * self.strides
        near, far = distances[:, 0, :2], distances[:, 0, 2:]
        centre = self.points + (far - near) * 0.5
        return torch.cat([centre, near + far, logits.sigmoid()], 1)
