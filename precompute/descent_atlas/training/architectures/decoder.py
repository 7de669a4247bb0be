"""A small decoder-only transformer: from tokens to the logits of each next one.

Vaswani et al. (2017), Attention is all you need, with the normalization before each sublayer
(Radford et al. 2019). Attention is written as products and a softmax, which PyTorch differentiates
twice; there is no dropout, and no buffer.
"""

import math

import torch
from torch import Tensor, nn

DEVIATION = 0.02
"""The standard deviation of all initial weights (Radford et al. 2019)."""

EXPANSION = 4
"""The width within a feed-forward layer, in widths of the network."""


class CausalAttention(nn.Module):
    """Attention of every position to itself and to those before it, in several heads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project = nn.Linear(width, 3 * width)  # queries, keys and values
        self.join = nn.Linear(width, width)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return what the positions gather, float[N, T, width]."""
        samples, length, width = inputs.shape
        parts = self.project(inputs).view(samples, length, 3, self.heads, width // self.heads)
        queries, keys, values = parts.permute(2, 0, 3, 1, 4)  # (N, heads, T, width / heads)
        scores = queries @ keys.transpose(-2, -1) / math.sqrt(width // self.heads)
        later = torch.ones(length, length, dtype=torch.bool, device=inputs.device).triu(1)
        weights = scores.masked_fill(later, -math.inf).softmax(dim=-1)
        found: Tensor = self.join((weights @ values).transpose(1, 2).reshape(inputs.shape))
        return found


class DecoderBlock(nn.Module):
    """Attention and a feed-forward layer, each normalized before and added to what it saw."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = CausalAttention(width, heads)
        self.forward_norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, EXPANSION * width)
        self.contract = nn.Linear(EXPANSION * width, width)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the features float[N, T, width]."""
        inputs = inputs + self.attention(self.attention_norm(inputs))
        expanded = nn.functional.gelu(self.expand(self.forward_norm(inputs)))
        found: Tensor = inputs + self.contract(expanded)
        return found


class Decoder(nn.Module):
    """Embeddings of tokens and places, some blocks, a normalization, and a linear layer."""

    def __init__(
        self, *, vocabulary: int, context: int, width: int, heads: int, blocks: int, tied: bool
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.places = nn.Embedding(context, width)
        self.blocks = nn.Sequential(*(DecoderBlock(width, heads) for _ in range(blocks)))
        self.norm = nn.LayerNorm(width)
        self.output = nn.Linear(width, vocabulary, bias=False)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            elif parameter.ndim > 1:
                # 2 sums a block run through the network; what each adds is scaled for that.
                into_sum = name.endswith(("join.weight", "contract.weight"))
                scale = 1 / math.sqrt(2 * blocks) if into_sum else 1.0
                nn.init.normal_(parameter, std=DEVIATION * scale)
        if tied:
            self.output.weight = self.tokens.weight

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the logits of the next token at every place, float[N, T, vocabulary].

        `tokens` are int64[N, T], of at most as many places as the context.
        """
        places = torch.arange(tokens.shape[1], device=tokens.device)
        features = self.blocks(self.tokens(tokens) + self.places(places))
        found: Tensor = self.output(self.norm(features))
        return found


def decoder(
    vocabulary: int = 97,
    context: int = 64,
    width: int = 64,
    heads: int = 4,
    blocks: int = 2,
    tied: bool = False,
) -> Decoder:
    """Return a decoder-only transformer.

    `context` is the most places that it sees. With `tied`, the last layer has the weights of the
    tokens' embedding (Press and Wolf 2017), which then are one parameter. Weights are normal with
    the standard deviation 0.02, those that add to the residual stream divided by √(2·blocks), and
    biases are zero (Radford et al. 2019).

    Raises ValueError if the heads do not divide the width, or a number is not positive.
    """
    if min(vocabulary, context, width, heads, blocks) < 1:
        raise ValueError("vocabulary, context, width, heads and blocks are at least 1")
    if width % heads:
        raise ValueError(f"{heads} heads do not divide a width of {width}")
    return Decoder(
        vocabulary=vocabulary,
        context=context,
        width=width,
        heads=heads,
        blocks=blocks,
        tied=tied,
    )
