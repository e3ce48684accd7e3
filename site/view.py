"""The program of articles with `<tensorama-view>`."""

from tensorama.app.views import serve

serve()
