"""Transformers made from their configurations: a vision transformer, a causal language model."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import VisionTransformer

from descent_atlas.drawing import (
    causal_tokens,
    classification,
    draw,
    output_loss,
    profile,
)

VOCABULARY, LENGTH = 11, 6


class LanguageModel(nn.Module):
    """A causal language model with tied embeddings, whose output has the loss, as Hugging Face's.

    The loss is the mean over the tokens that are not masked.
    """

    def __init__(self, seed: int = 0, width: int = 8) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.tokens = nn.Embedding(VOCABULARY, width)
        self.positions = nn.Embedding(LENGTH, width)
        layer = nn.TransformerEncoderLayer(width, 2, 16, dropout=0.3, batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, VOCABULARY, bias=False)
        self.head.weight = self.tokens.weight

    def forward(self, input_ids: Tensor, labels: Tensor) -> SimpleNamespace:
        """Return the logits and the loss."""
        places = torch.arange(input_ids.shape[1])
        mask = nn.Transformer.generate_square_subsequent_mask(input_ids.shape[1])
        hidden = self.tokens(input_ids) + self.positions(places)
        logits = self.head(self.blocks(hidden, mask=mask, is_causal=True))
        loss = functional.cross_entropy(
            logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100
        )
        return SimpleNamespace(loss=loss, logits=logits)


def make_texts() -> list[dict[str, Tensor]]:
    """Return batches of tokens, of which the second has more masked ones than the first."""
    generator = torch.Generator().manual_seed(0)
    batches = []
    for masked in (1, 3):
        tokens = torch.randint(VOCABULARY, (4, LENGTH), generator=generator)
        labels = tokens.clone()
        labels[:, -masked:] = -100
        batches.append({"input_ids": tokens, "labels": labels})
    return batches


def mean_over_tokens(model: LanguageModel, batches: list[dict[str, Tensor]]) -> float:
    """Return the mean loss over all tokens that count."""
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for batch in batches:
            logits = model(**batch).logits[:, :-1]
            labels = batch["labels"][:, 1:]
            kept = labels != -100
            total += functional.cross_entropy(logits[kept], labels[kept], reduction="sum").item()
            count += int(kept.sum())
    return total / count


def test_a_causal_language_model_is_drawn_with_the_weight_of_its_tokens() -> None:
    model, texts = LanguageModel(), make_texts()
    landscape = draw(model.train(), output_loss(causal_tokens), texts, grid=3)
    assert landscape.loss[1, 1] == pytest.approx(mean_over_tokens(model, texts), rel=1e-5)
    assert landscape.evaluation["weight"] == "causal_tokens"
    assert landscape.evaluation["samples"] == 4 * (4 + 2)
    assert np.isfinite(landscape.loss).all() and np.ptp(landscape.loss) > 0
    assert landscape.network["parameters"] == sum(each.numel() for each in model.parameters())
    assert landscape.network["tensors"][0] == {"name": "tokens.weight", "shape": [VOCABULARY, 8]}


def test_a_profile_between_two_language_models_has_their_losses_at_its_ends() -> None:
    first, second, texts = LanguageModel(0), LanguageModel(1), make_texts()
    drawn = profile(first, second, output_loss(causal_tokens), texts, points=3)
    assert drawn.loss[0] == pytest.approx(mean_over_tokens(first, texts), rel=1e-5)
    assert drawn.loss[-1] == pytest.approx(mean_over_tokens(second, texts), rel=1e-5)


def test_a_vision_transformer_is_drawn() -> None:
    torch.manual_seed(0)
    model = VisionTransformer(
        image_size=8,
        patch_size=4,
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        mlp_dim=16,
        dropout=0.1,
        num_classes=3,
    )
    head: Any = model.heads.head
    nn.init.normal_(head.weight)
    images, labels = torch.randn(6, 3, 8, 8), torch.tensor([0, 1, 2, 0, 1, 2])
    landscape = draw(model, classification, [(images, labels)], grid=3)
    model.eval()
    with torch.no_grad():
        expected = functional.cross_entropy(model(images), labels).item()
    assert landscape.loss[1, 1] == pytest.approx(expected, rel=1e-5)
    assert np.isfinite(landscape.loss).all() and np.ptp(landscape.loss) > 0
    attention = draw(
        model, classification, [(images, labels)], parameters="encoder.*in_proj_weight", grid=3
    )
    assert attention.evaluation["parameters"]["varying"] == 3 * 8 * 8
