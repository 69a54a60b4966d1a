// One element of the list of files: FILE's path and its text, which ends with a zero.
{FILE, (const char[]){
#embed FILE suffix(, 0)
}},
#undef FILE
