"""Questions about a film, answered from what was measured in it."""

from micron_bert.questions.questioner import Questioner

__all__ = ["Questioner"]
