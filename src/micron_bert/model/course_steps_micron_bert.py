"""The steps that a course is cut into, and what a step may be part of; known without torch."""

STEP = 0.04  # seconds from one step of a course to the next, whatever the film's rate
KINDS = ("none", "micro", "macro")

__all__ = ["KINDS", "STEP"]
