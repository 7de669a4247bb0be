"""The server of Descent Atlas: objectives, optimizers, descents, and the API that serves them."""
