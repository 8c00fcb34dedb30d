"""Icons, fonts, samples, templates and help texts that ship with the program."""
