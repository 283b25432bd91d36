"""`micron-bert fetch-face-models`: get the face detector and the face mesh, once per machine."""


def add_arguments(parser) -> None:
    parser.add_argument("--directory", help="folder for the two files (default: the user's cache)")
    parser.add_argument("--wheel", help="take them from this MediaPipe wheel instead of asking pip for it")


def main(args) -> int:
    from micron_bert.faces.models import fetch_face_models
    from micron_bert.home import at_home

    folder, wheel = (None if path is None else at_home(path) for path in (args.directory, args.wheel))
    models = fetch_face_models(folder, wheel=wheel)
    print(models.detector)
    print(models.mesh)
    return 0
