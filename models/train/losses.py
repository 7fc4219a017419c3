"""Which anchor answers for which object, and how far off its answer is."""

import torch
import torch.nn.functional as F
from network import BINS, decode_sides


def complete_iou(a, b, eps=1e-7):
    """IoU and CIoU of corner boxes [..., 4], pairwise by broadcasting."""
    ax1, ay1, ax2, ay2 = a.unbind(-1)
    bx1, by1, bx2, by2 = b.unbind(-1)
    aw, ah, bw, bh = ax2 - ax1, ay2 - ay1, bx2 - bx1, by2 - by1
    across = (torch.minimum(ax2, bx2) - torch.maximum(ax1, bx1)).clamp(min=0)
    down = (torch.minimum(ay2, by2) - torch.maximum(ay1, by1)).clamp(min=0)
    shared = across * down
    iou = shared / (aw * ah + bw * bh - shared + eps)
    hull_w = torch.maximum(ax2, bx2) - torch.minimum(ax1, bx1)
    hull_h = torch.maximum(ay2, by2) - torch.minimum(ay1, by1)
    apart = ((ax1 + ax2 - bx1 - bx2) ** 2 + (ay1 + ay2 - by1 - by2) ** 2) / 4
    form = (4 / torch.pi**2) * (torch.atan(bw / (bh + eps)) - torch.atan(aw / (ah + eps))) ** 2
    with torch.no_grad():
        weight = form / (form - iou + 1 + eps)
    return iou, iou - apart / (hull_w**2 + hull_h**2 + eps) - form * weight


@torch.no_grad()
def assign(scores, boxes, points, labels, truth, top=10, score_power=0.5, iou_power=6.0):
    """Task-aligned assignment: each object takes the `top` anchors inside it that both name and frame it best.

    scores [B, classes, A], boxes [B, A, 4]; labels [B, N] (-1 unused), truth [B, N, 4].
    Returns the chosen object per anchor [B, A] (-1 for background) and the target score there [B, A].
    """
    used = labels >= 0
    px, py = points
    x1, y1, x2, y2 = (side.unsqueeze(-1) for side in truth.unbind(-1))
    inside = (px > x1) & (px < x2) & (py > y1) & (py < y2) & used.unsqueeze(-1)
    named = scores.gather(1, labels.clamp(min=0).unsqueeze(-1).expand(-1, -1, scores.shape[2]))
    iou = complete_iou(truth.unsqueeze(2), boxes.unsqueeze(1))[0] * inside
    fitness = named**score_power * iou**iou_power
    best, at = fitness.topk(top, dim=2)
    chosen = torch.zeros_like(inside).scatter_(2, at, best > 0)
    # An anchor wanted by several objects goes to the one that it overlaps most.
    contested = torch.where(chosen, iou, -torch.ones_like(iou))
    overlap, owner = contested.max(1)
    owner = torch.where(overlap >= 0, owner, torch.full_like(owner, -1))
    mine = chosen & (owner.unsqueeze(1) == torch.arange(labels.shape[1]).view(1, -1, 1))
    fitness = fitness * mine
    peak_fitness = fitness.amax(2, keepdim=True)
    peak_iou = (iou * mine).amax(2, keepdim=True)
    target = (fitness / (peak_fitness + 1e-16) * peak_iou).amax(1)
    return owner, target


def detection_loss(logits, distributions, points, strides, labels, truth):
    """The weighted sum of class, overlap and side losses; also the parts, for the log."""
    boxes = decode_sides(distributions, points, strides).transpose(1, 2)
    owner, quality = assign(logits.detach().sigmoid(), boxes.detach(), points, labels, truth)
    positive = owner >= 0
    weight_sum = quality.sum().clamp(min=1)

    picture, anchor = positive.nonzero(as_tuple=True)
    row = owner[picture, anchor]
    weight = quality[picture, anchor]
    wanted = torch.zeros_like(logits)
    wanted[picture, labels[picture, row], anchor] = weight
    naming = F.binary_cross_entropy_with_logits(logits, wanted, reduction="sum") / weight_sum

    goal = truth[picture, row]
    overlap = ((1 - complete_iou(boxes[picture, anchor], goal)[1]) * weight).sum() / weight_sum

    centre, stride = points.t()[anchor], strides[anchor, None]
    sides = torch.cat([centre - goal[:, :2], goal[:, 2:] - centre], 1) / stride
    sides = sides.clamp(0, BINS - 1.01)
    low = sides.long()
    upper_share = sides - low
    guesses = distributions[picture, :, anchor].view(-1, 4, BINS).log_softmax(2)
    low_loss = guesses.gather(2, low.unsqueeze(2)).squeeze(2) * (1 - upper_share)
    high_loss = guesses.gather(2, low.unsqueeze(2) + 1).squeeze(2) * upper_share
    siding = (-(low_loss + high_loss).mean(1) * weight).sum() / weight_sum

    total = 0.5 * naming + 7.5 * overlap + 1.5 * siding
    return total, (float(naming.detach()), float(overlap.detach()), float(siding.detach()))
