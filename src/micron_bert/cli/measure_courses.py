"""`micron-bert measure-courses FILMS OUT`: what really moves in films, without their pictures, for training."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "films", metavar="FILMS", nargs="+", help="folders of films of neutral faces, one folder a person"
    )
    parser.add_argument("output", metavar="OUT", help="folder of the courses; those that are there are kept")
    parser.add_argument("--source", required=True, help="where the films are from, to be stored with each course")
    parser.add_argument("--licence", required=True, help="what the films may be used for, stored likewise")
    parser.add_argument("--size", type=int, default=112, help="side of the face crops in pixels (default: 112)")
    parser.add_argument("--cache", metavar="DIR", help="folder of the followed faces (default: the user's cache)")


def main(args) -> int:
    """Measures what is not there yet and prints where the courses are."""
    import cv2
    from tqdm import tqdm

    from micron_bert.arguments.number import check_bounds
    from micron_bert.data.examples.real_films import load_real_films
    from micron_bert.output_folder import check_output
    from micron_bert.synthesis.real.course import course_path, measure_course, save_course

    check_bounds(args, {"size": (32, 4096)}, prefix="--")
    output = check_output(args.output, args.films, ours=lambda folder: True, option="OUT")  # it only adds
    cv2.setNumThreads(1)
    films = load_real_films(args.films, args.size, args.cache)
    for film in tqdm(films, desc="courses", unit="film"):
        if not course_path(output, film.subject, film.name).is_file():
            save_course(measure_course(film, args.source, args.licence), output)
    seconds = sum(film.times[-1] - film.times[0] for film in films)
    people = len({film.subject for film in films})
    print(f"{output}: {len(films)} courses, {seconds / 60:.1f} minutes of {people} people")
    return 0
