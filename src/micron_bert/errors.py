"""What a user can mend: the command line prints these as one sentence and leaves with exit code 2."""


class InputError(ValueError):
    """Something the user gave cannot be used. The message names the value in question and the way out."""


class NoFaceError(InputError):
    """No face was found where one is needed."""


class KilledError(InputError):
    """A process at work was killed, as the system does where memory runs out."""
