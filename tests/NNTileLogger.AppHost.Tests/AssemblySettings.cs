// Whole applications are started here, and two at once would share the virtual environment and the machine's two cores.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
