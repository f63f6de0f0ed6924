/** Base images, one or two of each family of operating systems (SOURCES: rackspace §2.2–2.4). */
export interface Family {
  readonly name: string;
  readonly guest: 'linux' | 'windows' | 'freebsd';
  /** Absent where Rackspace's images have none. */
  readonly osDistro?: string;
  /** `org.openstack__1__os_distro` */
  readonly vendor: string;
  readonly version: string;
  readonly vmMode?: 'hvm' | 'xen';
  /** The licence bits. */
  readonly options: string;
  readonly minDisk: number;
  readonly minRam: number;
  readonly autoDiskConfig: 'True' | 'False' | 'disabled';
  readonly flavorClasses: string;
  readonly release: Release;
  readonly more?: Readonly<Record<string, string>>;
}

export interface Release {
  /** The product's; the sources name none for some. */
  readonly id: string | undefined;
  readonly number: string;
  /** `YYYY-MM-DD_hh-mm-ss` */
  readonly built: string;
  /** Proposed by the Control Panel. */
  readonly shown: boolean;
}

const release = (id: string | undefined, number: string, built: string, shown = true): Release => ({
  id,
  number,
  built,
  shown,
});

/** A PVHVM Linux image. */
const linux = {
  guest: 'linux',
  vmMode: 'hvm',
  options: '0',
  minDisk: 20,
  minRam: 512,
  autoDiskConfig: 'disabled',
  flavorClasses: '*,!onmetal',
} as const;

/** A paravirtual one. */
const paravirtual = {
  ...linux,
  vmMode: 'xen',
  autoDiskConfig: 'True',
  flavorClasses: '*,!io1,!memory1,!compute1,!onmetal',
} as const;

const windows = {
  guest: 'windows',
  vendor: 'com.microsoft.server',
  options: '4',
  minDisk: 40,
  minRam: 1024,
  autoDiskConfig: 'False',
  flavorClasses: '*,!onmetal',
  more: {
    hypervisor_type: 'xen',
    hypervisor_version_requires: '>=6.1',
    xenapi_device_id: '0002',
    rax_activation_profile: 'windows',
  },
} as const;

export const families: readonly Family[] = [
  {
    ...linux,
    name: 'Arch 2015.2 (PVHVM)',
    osDistro: 'arch',
    vendor: 'org.archlinux',
    version: '2015.2',
    release: release('100', '4', '2015-02-04_10-12-08'),
  },
  {
    ...linux,
    name: 'CentOS 7 (PVHVM)',
    osDistro: 'centos',
    vendor: 'org.centos',
    version: '7',
    release: release('220', '10', '2015-01-28_18-59-30'),
  },
  {
    ...paravirtual,
    name: 'CentOS 6 (PV)',
    osDistro: 'centos',
    vendor: 'org.centos',
    version: '6.6',
    release: release('215', '14', '2015-01-28_18-40-11', false),
  },
  {
    ...linux,
    name: 'CoreOS (Stable)',
    vendor: 'com.coreos',
    version: '557.2.0',
    release: release(undefined, '3', '2015-02-11_17-31-44'),
  },
  {
    ...linux,
    name: 'Debian 7 (Wheezy) (PVHVM)',
    osDistro: 'debian',
    vendor: 'org.debian',
    version: '7',
    release: release('301', '11', '2015-01-28_19-05-02'),
  },
  {
    ...linux,
    name: 'Fedora 21 (PVHVM)',
    osDistro: 'fedora',
    vendor: 'org.fedoraproject',
    version: '21',
    release: release('405', '3', '2015-01-28_19-22-51'),
  },
  {
    ...linux,
    name: 'FreeBSD 10 (PVHVM)',
    guest: 'freebsd',
    osDistro: 'freebsd',
    vendor: 'org.freebsd',
    version: '10',
    release: release('502', '5', '2015-02-02_09-47-30'),
  },
  {
    ...linux,
    name: 'Gentoo 15.1 (PVHVM)',
    osDistro: 'gentoo',
    vendor: 'org.gentoo',
    version: '15.1',
    release: release('600', '6', '2015-01-28_20-02-19'),
  },
  {
    ...linux,
    name: 'OpenSUSE 13.1 (PVHVM)',
    osDistro: 'opensuse',
    vendor: 'org.opensuse',
    version: '13.1',
    release: release('704', '4', '2015-01-28_20-15-27'),
  },
  {
    ...linux,
    name: 'Red Hat Enterprise Linux 7 (PVHVM)',
    osDistro: 'rhel',
    vendor: 'com.redhat',
    version: '7',
    options: '1',
    release: release('820', '7', '2015-01-28_19-40-36'),
    more: { rax_activation_profile: 'redhat' },
  },
  {
    ...linux,
    name: 'Scientific Linux 6 (PVHVM)',
    vendor: 'org.scientificlinux',
    version: '6',
    release: release('903', '7', '2015-01-28_20-31-05'),
  },
  {
    ...linux,
    name: 'Ubuntu 14.04 LTS (Trusty Tahr) (PVHVM)',
    osDistro: 'ubuntu',
    vendor: 'com.ubuntu',
    version: '14.04',
    release: release('1007', '10', '2015-01-28_19-11-58'),
  },
  {
    ...paravirtual,
    name: 'Ubuntu 12.04 LTS (Precise Pangolin) (PV)',
    osDistro: 'ubuntu',
    vendor: 'com.ubuntu',
    version: '12.04',
    release: release('1003', '12', '2015-01-28_19-02-40', false),
  },
  {
    ...paravirtual,
    name: 'Vyatta Network OS 6.7R9',
    vendor: 'com.vyatta',
    version: '6.7R9',
    options: '64',
    release: release(undefined, '2', '2015-01-12_16-20-02', false),
    more: { ssh_user: 'vyatta' },
  },
  {
    ...windows,
    name: 'Windows Server 2012 R2',
    version: '2012.2',
    release: release('4800', '6', '2015-02-10_18-43-31'),
  },
  {
    ...windows,
    name: 'Windows Server 2012 + SQL Server 2012 SP1 Standard',
    version: '2012.0',
    options: '12',
    minRam: 2048,
    release: release('4100', '8', '2015-02-10_20-05-16'),
  },
  {
    ...windows,
    name: 'Windows Server 2008 R2 SP1',
    version: '2008.2',
    release: release('2000', '23', '2015-02-10_17-30-49'),
  },
];
