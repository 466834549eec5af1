"""What the customer reads, in a language that she is likely to read."""

from typing import Final

DEFAULT_LANGUAGE: Final = "en"

SHIPPED: Final = {
    "en": "Your order {order} is on its way. Track it with number {tracking}.",
    "de": "Ihre Bestellung {order} ist unterwegs. Sendungsnummer: {tracking}.",
    "fr": "Votre commande {order} est en route. Numéro de suivi : {tracking}.",
    "es": "Tu pedido {order} está en camino. Número de seguimiento: {tracking}.",
    "it": "Il tuo ordine {order} è in viaggio. Numero di spedizione: {tracking}.",
    "nl": "Je bestelling {order} is onderweg. Volgnummer: {tracking}.",
}


def text(locale: str | None, order_id: str, tracking_number: str) -> str:
    """The message that an order has shipped.

    Only the language of `locale` matters (a BCP 47 tag such as `de-AT`); English answers one that is unknown here.
    """
    language = (locale or DEFAULT_LANGUAGE).replace("_", "-").split("-")[0].lower()
    return SHIPPED.get(language, SHIPPED[DEFAULT_LANGUAGE]).format(order=order_id, tracking=tracking_number)
