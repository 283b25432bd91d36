import sys

from micron_bert.arguments.exit_code import exit_code
from micron_bert.training.course.fit import main

sys.exit(exit_code(main))
