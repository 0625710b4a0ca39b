"""Errors in an input, with their place."""


class InputError(ValueError):
    """An input that can't be used.

    Args:
        message: what is wrong, as a sentence that follows on the path's name.
        path: where in the document, such as `people[2].pose_keypoints_2d[14]`; `$` for all of it.
    """

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"
