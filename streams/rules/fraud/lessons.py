"""What is kept of the labels, and when the forest learns from them.

Frauds are rare and most genuine attempts teach nothing, so every fraud is kept, and of the genuine attempts a number
in proportion, mainly those that look suspicious; each stands for as many as were left out (importance sampling). Both
kinds reach back equally far: if they did not, the forest would learn the difference between this week and last. Kept
lessons wait in a batch; a full batch goes into rings of blocks, oldest out, and the forest grows by one tree
(`grow.py`). All of it is rows: a worker that takes over goes on with the same numbers.
"""

from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from streams.rules import Rows
from streams.rules.fraud.forest import Forest, margin, probability
from streams.rules.fraud.grow import Lessons, grow
from streams.rules.fraud.prior import PLANTED
from streams.rules.fraud.rows import Scored
from streams.rules.fraud.threshold import PRECISION, Line, bin_of, moved

THE: Final = ""  # the key of a partition's only forest, or only learner
BATCH: Final = 128  # lessons between two trees, at most: some hundreds of labels
FIRST_BATCH: Final = 8  # and at least: while lessons are few a tree is cheap, and each of them is news
NEWS: Final = 256  # between: a tree as soon as the lessons have grown by one part in so many
BLOCK: Final = 128  # lessons in a row of a ring: a refresh rewrites two rows
FRAUD_BLOCKS: Final = 16
GENUINE_BLOCKS: Final = 96
MOST_GENUINE: Final = 24.0  # genuine lessons kept per fraud, while all lessons so far still fit
SHARE: Final = MOST_GENUINE / 2  # of suspicion: the first guess of what keeps so many
HURRY: Final = 0.25  # how fast the share follows what was kept
INNOCENT: Final = -5.0  # log-odds: far below the floor of the line
FEWEST: Final = 5  # frauds before the first tree is learned
CEILINGS: Final = 5  # the largest genuine amounts that bound the rest
LABEL_FADE: Final = 0.99  # per refresh, of the share of frauds among labels
MOST_LABELS: Final = 4_096  # without a refresh, before the line moves on them: they wait in the learner's row
CEILING_FADE: Final = 0.9999  # per refresh: one absurd genuine amount does not blind the bound for ever


class Block(Struct, frozen=True, array_like=True, gc=False):
    """Lessons: one byte per feature each, and float64 weights, little-endian."""

    codes: bytes = b""
    weights: bytes = b""


class Learner(Struct, frozen=True, array_like=True, gc=False):
    """A partition's learning, beside its forest and its blocks.

    Attributes:
        batch, weights: lessons that wait, as in a block. truth: one byte each, 1 for fraud.
        bins: one byte per label since the line was last moved: the bin of its score. marks: one byte each, 1 for fraud.
        share: the probability that a genuine attempt is kept, per unit of its suspicion.
        carry: what is left of the sampling probabilities: a lesson is kept whenever it passes one.
        frauds, genuine: labels so far, faded. taught_frauds, taught_genuine: lessons ever put into the rings.
        ceilings: the largest genuine amounts, smallest first.
    """

    batch: bytes = b""
    weights: tuple[float, ...] = ()
    truth: bytes = b""
    bins: bytes = b""
    marks: bytes = b""
    share: float = SHARE
    carry: float = 0.0
    frauds: float = 0.0
    genuine: float = 0.0
    taught_frauds: int = 0
    taught_genuine: int = 0
    ceilings: tuple[float, ...] = ()
    line: Line = Line()


class Model(NamedTuple):
    """The rows of a partition's model: one forest, one learner, and the blocks; and what detections are asked to be.

    Attributes:
        precision: the share of detections that are to be frauds.
    """

    forests: Rows[Forest]
    learners: Rows[Learner]
    blocks: Rows[Block]
    precision: float = PRECISION

    def forest(self) -> Forest:
        return self.forests.get(THE) or PLANTED

    def learner(self) -> Learner:
        return self.learners.get(THE) or _NEW


_NEW: Final = Learner()


def ceiling(learner: Learner) -> float:
    """An amount that genuine attempts hardly pass, in minor units; 0 while too few are known."""
    return learner.ceilings[0] if len(learner.ceilings) == CEILINGS else 0.0


def taught(model: Model, scored: Scored, amount: int, *, fraud: bool) -> None:
    """Learn from one label, with the codes as they were when the attempt was scored.

    The forest is asked first, as it is now, so the line rests on what this forest says of labels it has not seen. What
    was far below any line is not asked again: that is most of them.
    """
    learner, codes, log_odds = model.learner(), scored.codes, scored.score
    if log_odds > INNOCENT:
        log_odds = margin(model.forest(), codes)
    chance = 1.0 if fraud else min(1.0, learner.share * (probability(log_odds) + _rate(learner)))
    carry = learner.carry + chance
    keep = carry >= 1.0
    learner = replace(
        learner,
        carry=carry - keep,
        bins=learner.bins + bytes((bin_of(log_odds),)),
        marks=learner.marks + bytes((fraud,)),
        frauds=learner.frauds + fraud,
        genuine=learner.genuine + (not fraud),
        ceilings=learner.ceilings if fraud else _raised(learner.ceilings, amount),
    )
    if keep:
        learner = replace(
            learner,
            batch=learner.batch + codes,
            weights=(*learner.weights, 1.0 / chance),
            truth=learner.truth + bytes((fraud,)),
        )
    if len(learner.weights) >= _patience(learner):
        learner = _refreshed(model, learner)
    elif len(learner.bins) >= MOST_LABELS:
        learner = _lined(model, learner)
    model.learners[THE] = learner


def _patience(learner: Learner) -> int:
    return max(FIRST_BATCH, min(BATCH, (learner.taught_frauds + learner.taught_genuine) // NEWS))


def _rate(learner: Learner) -> float:
    """The share of frauds among labels; before there are many, one in a hundred."""
    return (learner.frauds + 1.0) / (learner.frauds + learner.genuine + 100.0)


def _raised(ceilings: tuple[float, ...], amount: int) -> tuple[float, ...]:
    if len(ceilings) == CEILINGS and amount <= ceilings[0]:
        return ceilings
    return tuple(sorted((*ceilings, float(amount))))[-CEILINGS:]


def _refreshed(model: Model, learner: Learner) -> Learner:
    """Put the batch into the rings, grow a tree, move the line."""
    frauds = _stored(model.blocks, learner, fraud=True)
    genuine = _stored(model.blocks, learner, fraud=False)
    learner = replace(_lined(model, learner), taught_frauds=frauds, taught_genuine=genuine)
    if frauds >= FEWEST and genuine:
        model.forests[THE] = grow(model.forest(), _recalled(model.blocks, learner))
    return replace(
        learner,
        batch=b"",
        weights=(),
        truth=b"",
        share=_share(learner),
        frauds=learner.frauds * LABEL_FADE,
        genuine=learner.genuine * LABEL_FADE,
        ceilings=tuple(amount * CEILING_FADE for amount in learner.ceilings),
    )


def _lined(model: Model, learner: Learner) -> Learner:
    """The learner with its line moved by the labels that wait."""
    labels = [(where, mark == 1) for where, mark in zip(learner.bins, learner.marks, strict=True)]
    return replace(learner, bins=b"", marks=b"", line=moved(learner.line, labels, model.precision))


def _wanted(learner: Learner) -> float:
    """Genuine lessons to keep per fraud: as many as fit; once rings are full, as many as reach back equally far."""
    fit = GENUINE_BLOCKS * BLOCK / (learner.taught_frauds + 1)
    return max(GENUINE_BLOCKS / FRAUD_BLOCKS, min(MOST_GENUINE, fit))


def _share(learner: Learner) -> float:
    """The share after a batch, moved toward what keeps as many as wanted; a batch of few frauds moves it little.

    It ends where all are kept: where frauds are many, all there are may be too few.
    """
    wanted, frauds = _wanted(learner), sum(learner.truth)
    genuine = len(learner.truth) - frauds
    share = learner.share * (wanted * (frauds + 1) / (genuine + wanted)) ** HURRY
    return float(min(share, 1.0 / _rate(learner)))


def _ring(*, fraud: bool) -> tuple[str, int]:
    return ("fraud", FRAUD_BLOCKS) if fraud else ("genuine", GENUINE_BLOCKS)


def _stored(blocks: Rows[Block], learner: Learner, *, fraud: bool) -> int:
    """Put the batch's lessons of one kind into its ring; how many lessons the ring has ever had."""
    name, size = _ring(fraud=fraud)
    count = learner.taught_frauds if fraud else learner.taught_genuine
    width = len(learner.batch) // len(learner.truth)
    for n, (truth, weight) in enumerate(zip(learner.truth, learner.weights, strict=True)):
        if truth != fraud:
            continue
        key = f"{name}/{count // BLOCK % size}"
        block = blocks.get(key, _EMPTY) if count % BLOCK else _EMPTY
        codes = learner.batch[n * width : (n + 1) * width]
        blocks[key] = Block(block.codes + codes, block.weights + np.float64(weight).tobytes())
        count += 1
    return count


_EMPTY: Final = Block()


def _recalled(blocks: Rows[Block], learner: Learner) -> Lessons:
    """All lessons in the rings; frauds and genuine attempts weigh as much as there are of them among the labels."""
    bad, bad_weight = _read(blocks, fraud=True)
    good, good_weight = _read(blocks, fraud=False)
    good_weight = good_weight * (len(bad) / (_rate(learner) * good_weight.sum()))
    return Lessons(
        np.ascontiguousarray(np.concatenate((bad, good)).T),
        np.concatenate((np.ones(len(bad)), np.zeros(len(good)))),
        np.concatenate((bad_weight, good_weight)),
    )


def _read(blocks: Rows[Block], *, fraud: bool) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    name, size = _ring(fraud=fraud)
    found = [block for n in range(size) if (block := blocks.get(f"{name}/{n}"))]
    weights = np.frombuffer(b"".join(block.weights for block in found), "<f8")
    codes = np.frombuffer(b"".join(block.codes for block in found), np.uint8)
    return codes.reshape(len(weights), -1), weights
