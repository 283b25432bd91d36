import sys

from micron_bert.training.course.fit import main

sys.exit(main())
