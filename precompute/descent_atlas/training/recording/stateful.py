"""Objects whose state a checkpoint holds."""

from typing import Any, Protocol


class Stateful(Protocol):
    """An object whose state a checkpoint holds: an optimizer, a scheduler, a stateful loader."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state, of tensors, numbers, strings, lists and dictionaries."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""
