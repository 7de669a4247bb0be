"""Windows of text: characters as tokens, cut into pieces of one length, and which are frequent.

The vocabulary is stated and is that of no file: a line feed, the 95 printable characters of ASCII,
and one token for every other character.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

CHARACTERS = "\n" + "".join(map(chr, range(32, 127)))
"""The characters that are tokens of their own, in the order of their tokens."""

OTHER = len(CHARACTERS)
"""The token of every other character, a tab for instance."""

VOCABULARY = len(CHARACTERS) + 1
"""The number of tokens, 97."""

FREQUENT_SHARE = 0.5
"""The frequent tokens are the fewest that make up so much of the text that is trained on."""

Tokens = NDArray[np.int64]


def encode(text: str) -> Tokens:
    r"""Return the tokens of a text, int64[characters].

    >>> encode("a b\tc").tolist()
    [66, 1, 67, 96, 68]
    """
    known = {character: token for token, character in enumerate(CHARACTERS)}
    return np.array([known.get(character, OTHER) for character in text], dtype=np.int64)


def name_token(token: int) -> str:
    """Return a token as text, as in `space`.

    >>> name_token(1), name_token(0), name_token(66), name_token(96)
    ('space', 'newline', 'a', 'other')
    """
    if token == OTHER:
        return "other"
    return {" ": "space", "\n": "newline"}.get(CHARACTERS[token], CHARACTERS[token])


def cut_windows(texts: Iterable[Tokens], context: int) -> Tokens:
    """Return the windows of some texts, int64[windows, context + 1].

    Windows begin where the one before has its last token but one: every token but the first of a
    text is predicted once. What is left at a text's end is dropped; no window spans two texts.
    """
    found = [
        text[start : start + context + 1]
        for text in texts
        for start in range(0, len(text) - context, context)
    ]
    return np.stack(found) if found else np.empty((0, context + 1), dtype=np.int64)


def draw_windows(windows: Tokens, count: int, seed: int, what: str) -> Tokens:
    """Return `count` of some windows in their order, drawn with a seed.

    `what` names them in a message. Raises ValueError if there are too few.
    """
    if count > len(windows):
        raise ValueError(f"{count:,} windows of {what} are wanted, and there are {len(windows):,}")
    chosen = np.random.default_rng(seed).permutation(len(windows))[:count]
    drawn: Tokens = windows[np.sort(chosen)]
    return drawn


def find_frequent(windows: Tokens) -> Tokens:
    """Return the frequent tokens of windows, the most frequent first.

    They are the fewest whose occurrences among the predicted tokens make up at least half of them;
    of tokens that occur equally often the lower comes first. All others are rare. Kunstner et al.
    (2024), Heavy-tailed class imbalance and why Adam outperforms gradient descent on language
    models, divide by frequency in the same way, into more groups that are equally large.

    >>> find_frequent(np.array([[9, 5, 5, 5, 2, 2, 7]])).tolist()
    [5]
    """
    counts = np.bincount(windows[:, 1:].ravel(), minlength=VOCABULARY)
    order = np.argsort(-counts, kind="stable")
    shares = np.cumsum(counts[order]) / counts.sum()
    return order[: int(np.searchsorted(shares, FREQUENT_SHARE)) + 1]


def batch_windows(
    windows: Tokens, frequent: Sequence[int] | Tokens, size: int
) -> list[dict[str, Tensor]]:
    """Return windows in batches of at most `size`, as `evaluation.token_losses` takes them."""
    tokens = torch.from_numpy(windows)
    are_frequent = torch.isin(tokens[:, 1:], torch.as_tensor(np.asarray(frequent)))
    return [
        {"tokens": own, "frequent": mask}
        for own, mask in zip(
            torch.split(tokens, size), torch.split(are_frequent, size), strict=True
        )
    ]
