import sys

from micron_bert.spotting.fitting.fit import main

sys.exit(main())
