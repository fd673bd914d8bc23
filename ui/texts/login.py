"""Texts of the login."""

from __future__ import annotations

from typing import Final

from ml.problems.text import Text

SIGN_IN: Final = Text("Sign in", "Identificarse")
SIGN_OUT: Final = Text("Sign out", "Salir")
KEY: Final = Text("Your key", "Su clave")
KEY_HELP: Final = Text(
    "Whoever runs the service gives it to you. It is kept until you close this page.",
    "Se la da quien administra el servicio. Se conserva hasta que cierre esta página.",
)
WRONG_KEY: Final = Text(
    "The service does not know this key. Check that it is whole and has not expired.",
    "El servicio no conoce esta clave. Compruebe que está completa y no ha caducado.",
)
EXPIRED: Final = Text(
    "The service does not accept your sign-in any more, or does not know it. Sign in again.",
    "El servicio ya no acepta su identificación, o no la conoce. Identifíquese de nuevo.",
)
WITH_PROVIDER: Final = Text(
    "Sign in with your organisation's account.", "Identifíquese con la cuenta de su organización."
)
SIGNED_IN: Final = Text("Signed in as {name}", "Sesión de {name}")
NO_PAGE: Final = Text(
    "Your role has no page here. Ask whoever runs the service.",
    "Su perfil no tiene ninguna página aquí. Consulte a quien administra el servicio.",
)
