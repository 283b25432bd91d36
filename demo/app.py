"""The Space: the demo of the package beside this file."""

from micron_bert.demo.server import serve

if __name__ == "__main__":
    serve()
