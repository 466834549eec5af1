"""What the command line itself has to say when it cannot do what was asked."""


class UserError(Exception):
    """Something that the user can put right: the message says what and how."""
